"""Writers, readers and the checks between them: does every replica become what the server has?"""

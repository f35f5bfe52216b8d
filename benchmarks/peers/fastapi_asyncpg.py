"""Peer B, the fast FastAPI service as its users write it: asyncpg's pool, plain SQL, pydantic models in and out."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
import bcrypt
import jwt
import psycopg
from fastapi import Depends, FastAPI, HTTPException, Query, Request, status
from fastapi.concurrency import run_in_threadpool
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from pydantic import BaseModel, Field

DATABASE_URL = os.environ["DATABASE_URL"]
SECRET_KEY = os.environ["SECRET_KEY"]
TOKEN_LIFETIME = timedelta(minutes=int(os.environ.get("ACCESS_TOKEN_EXPIRE_MINUTES", "30")))

TABLES = """
    CREATE TABLE users (
        id uuid PRIMARY KEY,
        email varchar(254) NOT NULL UNIQUE,
        password_hash varchar(60) NOT NULL,
        is_active boolean NOT NULL DEFAULT true,
        created_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE notes (
        id uuid PRIMARY KEY,
        owner_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
        title varchar(255) NOT NULL,
        content text NOT NULL DEFAULT '',
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX notes_of_owner ON notes (owner_id, updated_at);
"""
COLUMNS = "id, owner_id, title, content, created_at, updated_at"


def create_tables() -> None:
    with psycopg.connect(DATABASE_URL) as connection:
        connection.execute(TABLES)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(DATABASE_URL) as pool:
        app.state.pool = pool
        yield


app = FastAPI(title="Notes", lifespan=lifespan)
oauth2_scheme = OAuth2PasswordBearer(tokenUrl="login")


# --- JSON ------------------------------------------------------------------------------------------------------------


class NoteIn(BaseModel):
    title: str = Field(min_length=1, max_length=255)
    content: str = ""


class NoteOut(BaseModel):
    id: UUID
    owner_id: UUID
    title: str
    content: str
    created_at: datetime
    updated_at: datetime


class User(BaseModel):
    id: UUID
    email: str
    is_active: bool


class Token(BaseModel):
    access_token: str
    token_type: str = "bearer"


# --- who is asking ---------------------------------------------------------------------------------------------------


async def get_connection(request: Request) -> AsyncIterator[asyncpg.Connection]:
    async with request.app.state.pool.acquire() as connection:
        yield connection


Connection = Annotated[asyncpg.Connection, Depends(get_connection)]


def access_token(user_id: UUID) -> str:
    return jwt.encode({"sub": str(user_id), "exp": datetime.now(UTC) + TOKEN_LIFETIME}, SECRET_KEY, algorithm="HS256")


async def get_current_user(token: Annotated[str, Depends(oauth2_scheme)], connection: Connection) -> User:
    try:
        user_id = UUID(jwt.decode(token, SECRET_KEY, algorithms=["HS256"])["sub"])
    except (jwt.InvalidTokenError, KeyError, ValueError):
        row = None
    else:
        row = await connection.fetchrow("SELECT id, email, is_active FROM users WHERE id = $1", user_id)
    if row is None or not row["is_active"]:
        raise HTTPException(
            status.HTTP_401_UNAUTHORIZED, "Could not validate credentials", headers={"WWW-Authenticate": "Bearer"}
        )
    return User(**row)


CurrentUser = Annotated[User, Depends(get_current_user)]


# --- endpoints -------------------------------------------------------------------------------------------------------


@app.post("/login")
async def login(request: Request, form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> Token:
    # No connection is held while the password is checked.
    query = "SELECT id, password_hash FROM users WHERE email = $1"
    row = await request.app.state.pool.fetchrow(query, form.username.lower())
    # Hashing takes a quarter of a second, so it runs on a thread and does not block the loop.
    if row is None or not await run_in_threadpool(
        bcrypt.checkpw, form.password.encode(), row["password_hash"].encode()
    ):
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "Incorrect e-mail address or password")
    return Token(access_token=access_token(row["id"]))


@app.get("/notes")
async def list_notes(
    connection: Connection,
    user: CurrentUser,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> list[NoteOut]:
    query = f"SELECT {COLUMNS} FROM notes WHERE owner_id = $1 ORDER BY updated_at DESC LIMIT $2 OFFSET $3"
    return [NoteOut(**row) for row in await connection.fetch(query, user.id, limit, offset)]


@app.post("/notes", status_code=status.HTTP_201_CREATED)
async def create_note(body: NoteIn, connection: Connection, user: CurrentUser) -> NoteOut:
    query = f"INSERT INTO notes (id, owner_id, title, content) VALUES ($1, $2, $3, $4) RETURNING {COLUMNS}"
    return NoteOut(**await connection.fetchrow(query, uuid4(), user.id, body.title, body.content))


@app.get("/notes/{note_id}")
async def read_note(note_id: UUID, connection: Connection, user: CurrentUser) -> NoteOut:
    query = f"SELECT {COLUMNS} FROM notes WHERE id = $1 AND owner_id = $2"
    return shown(await connection.fetchrow(query, note_id, user.id))


@app.put("/notes/{note_id}")
async def replace_note(note_id: UUID, body: NoteIn, connection: Connection, user: CurrentUser) -> NoteOut:
    query = f"""UPDATE notes SET title = $3, content = $4, updated_at = now()
                WHERE id = $1 AND owner_id = $2 RETURNING {COLUMNS}"""
    return shown(await connection.fetchrow(query, note_id, user.id, body.title, body.content))


def shown(row: asyncpg.Record | None) -> NoteOut:
    if row is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "Note not found")
    return NoteOut(**row)

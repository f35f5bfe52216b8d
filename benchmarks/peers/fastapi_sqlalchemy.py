"""Peer A, the classic FastAPI service: synchronous endpoints, SQLAlchemy's ORM, the user's row read at every request.

Engine, pool and thread pool have their defaults, as in FastAPI's tutorial.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4

import bcrypt
import jwt
from fastapi import Depends, FastAPI, HTTPException, Query, status
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import DateTime, ForeignKey, Index, String, Text, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

SECRET_KEY = os.environ["SECRET_KEY"]
TOKEN_LIFETIME = timedelta(minutes=int(os.environ.get("ACCESS_TOKEN_EXPIRE_MINUTES", "30")))

engine = create_engine(os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"))
SessionLocal = sessionmaker(engine)
app = FastAPI(title="Notes")
oauth2_scheme = OAuth2PasswordBearer(tokenUrl="login")


# --- tables ----------------------------------------------------------------------------------------------------------


def now() -> datetime:
    return datetime.now(UTC)


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(60))
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class Note(Base):
    __tablename__ = "notes"
    __table_args__ = (Index("notes_of_owner", "owner_id", "updated_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(255))
    content: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now, onupdate=now)


def create_tables() -> None:
    Base.metadata.create_all(engine)


# --- JSON ------------------------------------------------------------------------------------------------------------


class NoteIn(BaseModel):
    title: str = Field(min_length=1, max_length=255)
    content: str = ""


class NoteOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    owner_id: UUID
    title: str
    content: str
    created_at: datetime
    updated_at: datetime


class Token(BaseModel):
    access_token: str
    token_type: str = "bearer"


# --- who is asking ---------------------------------------------------------------------------------------------------


def get_db() -> Iterator[Session]:
    with SessionLocal() as session:
        yield session


Database = Annotated[Session, Depends(get_db)]


def access_token(user_id: UUID) -> str:
    return jwt.encode({"sub": str(user_id), "exp": datetime.now(UTC) + TOKEN_LIFETIME}, SECRET_KEY, algorithm="HS256")


def get_current_user(token: Annotated[str, Depends(oauth2_scheme)], db: Database) -> User:
    try:
        user_id = UUID(jwt.decode(token, SECRET_KEY, algorithms=["HS256"])["sub"])
    except (jwt.InvalidTokenError, KeyError, ValueError):
        user = None
    else:
        user = db.get(User, user_id)
    if user is None or not user.is_active:
        raise HTTPException(
            status.HTTP_401_UNAUTHORIZED, "Could not validate credentials", headers={"WWW-Authenticate": "Bearer"}
        )
    return user


CurrentUser = Annotated[User, Depends(get_current_user)]


# --- endpoints -------------------------------------------------------------------------------------------------------


@app.post("/login")
def login(form: Annotated[OAuth2PasswordRequestForm, Depends()], db: Database) -> Token:
    user = db.scalar(select(User).where(User.email == form.username.lower()))
    if user is None or not bcrypt.checkpw(form.password.encode(), user.password_hash.encode()):
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "Incorrect e-mail address or password")
    return Token(access_token=access_token(user.id))


@app.get("/notes", response_model=list[NoteOut])
def list_notes(
    db: Database,
    user: CurrentUser,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> list[Note]:
    mine = select(Note).where(Note.owner_id == user.id).order_by(Note.updated_at.desc())
    return list(db.scalars(mine.limit(limit).offset(offset)))


@app.post("/notes", response_model=NoteOut, status_code=status.HTTP_201_CREATED)
def create_note(body: NoteIn, db: Database, user: CurrentUser) -> Note:
    note = Note(owner_id=user.id, **body.model_dump())
    db.add(note)
    db.commit()
    db.refresh(note)
    return note


def get_note(note_id: UUID, db: Database, user: CurrentUser) -> Note:
    note = db.scalar(select(Note).where(Note.id == note_id, Note.owner_id == user.id))
    if note is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "Note not found")
    return note


OwnNote = Annotated[Note, Depends(get_note)]


@app.get("/notes/{note_id}", response_model=NoteOut)
def read_note(note: OwnNote) -> Note:
    return note


@app.put("/notes/{note_id}", response_model=NoteOut)
def replace_note(body: NoteIn, note: OwnNote, db: Database) -> Note:
    note.title = body.title
    note.content = body.content
    db.commit()
    db.refresh(note)
    return note

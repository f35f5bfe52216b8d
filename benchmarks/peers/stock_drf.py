"""Peer D, stock Django REST framework under ASGI: viewset, serializer and router as in its tutorial, SimpleJWT.

Middleware and settings are those of `django-admin startproject`.
"""

import os
import uuid
from datetime import timedelta

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.management import call_command
from psycopg.conninfo import conninfo_to_dict

address = conninfo_to_dict(os.environ["DATABASE_URL"])
settings.configure(
    SECRET_KEY=os.environ["SECRET_KEY"],
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
        "rest_framework",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": address["host"],
            "PORT": address["port"],
            "NAME": address["dbname"],
            "USER": address["user"],
            "PASSWORD": address.get("password", ""),
        }
    },
    PASSWORD_HASHERS=["django.contrib.auth.hashers.BCryptSHA256PasswordHasher"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    STATIC_URL="static/",
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
        "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
        "PAGE_SIZE": 50,
    },
    SIMPLE_JWT={
        "ACCESS_TOKEN_LIFETIME": timedelta(minutes=int(os.environ.get("ACCESS_TOKEN_EXPIRE_MINUTES", "5"))),
    },
)
django.setup()

from django.contrib.auth.models import User
from django.db import connection, models
from django.urls import include, path
from rest_framework import serializers, viewsets
from rest_framework.routers import DefaultRouter
from rest_framework_simplejwt.tokens import AccessToken
from rest_framework_simplejwt.views import TokenObtainPairView


class Note(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notes", db_index=False)
    title = models.CharField(max_length=255)
    content = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        # A single file is not an app, so the table is created below.
        app_label = "notes"
        db_table = "notes"
        ordering = ["-updated_at"]
        indexes = [models.Index(fields=["owner", "updated_at"], name="notes_of_owner")]

    def __str__(self) -> str:
        return self.title


class NoteSerializer(serializers.ModelSerializer):
    class Meta:
        model = Note
        fields = ["id", "owner", "title", "content", "created_at", "updated_at"]
        read_only_fields = ["owner"]


class NoteViewSet(viewsets.ModelViewSet):
    serializer_class = NoteSerializer

    def get_queryset(self) -> models.QuerySet[Note]:
        return Note.objects.filter(owner=self.request.user)

    def perform_create(self, serializer: NoteSerializer) -> None:
        serializer.save(owner=self.request.user)


router = DefaultRouter(trailing_slash=False)
router.register("notes", NoteViewSet, basename="note")
urlpatterns = [path("login", TokenObtainPairView.as_view()), path("", include(router.urls))]

app = get_asgi_application()


def create_tables() -> None:
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Note)


def access_token(user_id: int) -> str:
    return str(AccessToken.for_user(User(pk=user_id)))

-- {"/notes?is_archived=any": {"results": [{"id": "01a22831-5dc0-76a9-b434-35d232a59c02", "owner_id": "01a22831-56e1-73b5-a1e9-3e472f06de5d", "title": "Edited", "content": "The second text.", "tags": [], "is_pinned": false, "is_archived": false, "version": 6, "created_at": "2026-11-29T16:44:13.631006Z", "updated_at": "2026-11-29T16:44:13.695571Z"}, {"id": "01a22831-5dad-7078-a104-6be34da31774", "owner_id": "01a22831-56e1-73b5-a1e9-3e472f06de5d", "title": "Ärger 猫", "content": "Ελληνικά και русский", "tags": [], "is_pinned": false, "is_archived": true, "version": 3, "created_at": "2026-11-29T16:44:13.607476Z", "updated_at": "2026-11-29T16:44:13.607476Z"}, {"id": "01a22831-5d71-722b-97b8-9541ae7b611b", "owner_id": "01a22831-56e1-73b5-a1e9-3e472f06de5d", "title": "Long", "content": "The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. ", "tags": ["work"], "is_pinned": false, "is_archived": false, "version": 2, "created_at": "2026-11-29T16:44:13.547918Z", "updated_at": "2026-11-29T16:44:13.547918Z"}, {"id": "01a22831-5cdc-7465-bf05-9222b473a394", "owner_id": "01a22831-56e1-73b5-a1e9-3e472f06de5d", "title": "Milk", "content": "Two bottles, and café crème.", "tags": ["shopping", "Größe"], "is_pinned": true, "is_archived": false, "version": 1, "created_at": "2026-11-29T16:44:13.401270Z", "updated_at": "2026-11-29T16:44:13.401270Z"}], "next": null}, "/notes?q=fox": {"results": [{"id": "01a22831-5d71-722b-97b8-9541ae7b611b", "owner_id": "01a22831-56e1-73b5-a1e9-3e472f06de5d", "title": "Long", "content": "The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. ", "tags": ["work"], "is_pinned": false, "is_archived": false, "version": 2, "created_at": "2026-11-29T16:44:13.547918Z", "updated_at": "2026-11-29T16:44:13.547918Z", "match": {"title": [], "snippet": "The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps", "ranges": [[16, 19], [61, 64], [106, 109], [151, 154]]}}], "next": null}, "/notes?tag=Größe": {"results": [{"id": "01a22831-5cdc-7465-bf05-9222b473a394", "owner_id": "01a22831-56e1-73b5-a1e9-3e472f06de5d", "title": "Milk", "content": "Two bottles, and café crème.", "tags": ["shopping", "Größe"], "is_pinned": true, "is_archived": false, "version": 1, "created_at": "2026-11-29T16:44:13.401270Z", "updated_at": "2026-11-29T16:44:13.401270Z"}], "next": null}, "/trash": {"results": [{"id": "01a22831-5dd3-76d0-8c33-d7379f4150de", "owner_id": "01a22831-56e1-73b5-a1e9-3e472f06de5d", "title": "In the trash", "content": "Deleted by mistake.", "tags": ["shopping"], "is_pinned": false, "is_archived": false, "version": 7, "created_at": "2026-11-29T16:44:13.649782Z", "updated_at": "2026-11-29T16:44:13.649782Z", "trashed_at": "2026-11-29T16:44:13.786249Z"}], "next": null}, "/tags": {"results": [{"name": "Größe", "count": 1}, {"name": "shopping", "count": 1}, {"name": "work", "count": 1}], "next": null}, "/users/me": {"id": "01a22831-56e1-73b5-a1e9-3e472f06de5d", "email": "alice@example.com", "email_verified": false, "created_at": "2026-11-29T16:44:11.873804Z"}, "/changes": {"changes": [{"op": "upsert", "note": {"id": "01a22831-5cdc-7465-bf05-9222b473a394", "owner_id": "01a22831-56e1-73b5-a1e9-3e472f06de5d", "title": "Milk", "content": "Two bottles, and café crème.", "tags": ["shopping", "Größe"], "is_pinned": true, "is_archived": false, "version": 1, "created_at": "2026-11-29T16:44:13.401270Z", "updated_at": "2026-11-29T16:44:13.401270Z"}}, {"op": "upsert", "note": {"id": "01a22831-5d71-722b-97b8-9541ae7b611b", "owner_id": "01a22831-56e1-73b5-a1e9-3e472f06de5d", "title": "Long", "content": "The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. ", "tags": ["work"], "is_pinned": false, "is_archived": false, "version": 2, "created_at": "2026-11-29T16:44:13.547918Z", "updated_at": "2026-11-29T16:44:13.547918Z"}}, {"op": "upsert", "note": {"id": "01a22831-5dad-7078-a104-6be34da31774", "owner_id": "01a22831-56e1-73b5-a1e9-3e472f06de5d", "title": "Ärger 猫", "content": "Ελληνικά και русский", "tags": [], "is_pinned": false, "is_archived": true, "version": 3, "created_at": "2026-11-29T16:44:13.607476Z", "updated_at": "2026-11-29T16:44:13.607476Z"}}, {"op": "upsert", "note": {"id": "01a22831-5dc0-76a9-b434-35d232a59c02", "owner_id": "01a22831-56e1-73b5-a1e9-3e472f06de5d", "title": "Edited", "content": "The second text.", "tags": [], "is_pinned": false, "is_archived": false, "version": 6, "created_at": "2026-11-29T16:44:13.631006Z", "updated_at": "2026-11-29T16:44:13.695571Z"}}, {"op": "trash", "note": {"id": "01a22831-5dd3-76d0-8c33-d7379f4150de", "owner_id": "01a22831-56e1-73b5-a1e9-3e472f06de5d", "title": "In the trash", "content": "Deleted by mistake.", "tags": ["shopping"], "is_pinned": false, "is_archived": false, "version": 7, "created_at": "2026-11-29T16:44:13.649782Z", "updated_at": "2026-11-29T16:44:13.649782Z", "trashed_at": "2026-11-29T16:44:13.786249Z"}}], "next": "WyIwMWEyMjgzMTU2ZTE3M2I1YTFlOTNlNDcyZjA2ZGU1ZCIsNywiIiwwXQ:1crjIdjP9WsP9PcGBxXHymXfFqlr5d1c73mE8JLX0zo", "has_more": false}, "/notes/01a22831-5dc0-76a9-b434-35d232a59c02/revisions": {"results": [{"version": 4, "title": "Edited", "tags": [], "written_at": "2026-11-29T16:44:13.631006Z", "written_by": "01a22831-5ca5-7602-a516-e48ac92498c4", "kept_at": "2026-11-29T16:44:13.695571Z"}], "next": null}}
CREATE TABLE public.accounts_apitoken (
    id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    name character varying(100) NOT NULL,
    prefix character varying(15) NOT NULL,
    digest character varying(64) NOT NULL,
    scopes jsonb NOT NULL,
    expires_at timestamp with time zone,
    user_id uuid NOT NULL
);
CREATE TABLE public.accounts_clock (
    user_id uuid NOT NULL,
    value bigint NOT NULL,
    sync_floor bigint NOT NULL,
    bytes_kept bigint,
    CONSTRAINT clock_never_goes_below_zero CHECK ((value >= 0)),
    CONSTRAINT sync_floor_is_in_the_past CHECK ((sync_floor <= value))
);
CREATE TABLE public.accounts_maillink (
    id uuid NOT NULL,
    purpose character varying(16) NOT NULL,
    digest character varying(64) NOT NULL,
    address character varying(254) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    user_id uuid NOT NULL
);
CREATE TABLE public.accounts_secondfactor (
    user_id uuid NOT NULL,
    sealed_secret character varying(200) NOT NULL,
    enrolled_at timestamp with time zone NOT NULL,
    confirmed_at timestamp with time zone,
    last_step bigint NOT NULL,
    recovery_digests jsonb NOT NULL
);
CREATE TABLE public.accounts_session (
    id uuid NOT NULL,
    generation integer NOT NULL,
    rotated_at timestamp with time zone,
    user_agent character varying(200) NOT NULL,
    ip_address inet,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    user_id uuid NOT NULL,
    CONSTRAINT accounts_session_generation_check CHECK ((generation >= 0))
);
CREATE TABLE public.accounts_throttlecounter (
    key character varying(128) NOT NULL,
    count integer NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    is_provisional boolean DEFAULT false NOT NULL,
    CONSTRAINT accounts_throttlecounter_count_check CHECK ((count >= 0))
);
CREATE TABLE public.accounts_user (
    password character varying(128) NOT NULL,
    last_login timestamp with time zone,
    is_superuser boolean NOT NULL,
    id uuid NOT NULL,
    email character varying(254) NOT NULL,
    is_active boolean NOT NULL,
    is_staff boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    session_generation integer DEFAULT 0 NOT NULL,
    email_verified_at timestamp with time zone,
    CONSTRAINT accounts_user_session_generation_check CHECK ((session_generation >= 0)),
    CONSTRAINT user_email_is_lower_case CHECK (((email)::text = lower((email)::text)))
);
CREATE TABLE public.accounts_user_groups (
    id bigint NOT NULL,
    user_id uuid NOT NULL,
    group_id integer NOT NULL
);
ALTER TABLE public.accounts_user_groups ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_user_groups_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.accounts_user_user_permissions (
    id bigint NOT NULL,
    user_id uuid NOT NULL,
    permission_id integer NOT NULL
);
ALTER TABLE public.accounts_user_user_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_user_user_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.auth_group (
    id integer NOT NULL,
    name character varying(150) NOT NULL
);
ALTER TABLE public.auth_group ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.auth_group_permissions (
    id bigint NOT NULL,
    group_id integer NOT NULL,
    permission_id integer NOT NULL
);
ALTER TABLE public.auth_group_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.auth_permission (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    content_type_id integer NOT NULL,
    codename character varying(100) NOT NULL
);
ALTER TABLE public.auth_permission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_permission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.django_admin_log (
    id integer NOT NULL,
    action_time timestamp with time zone NOT NULL,
    object_id text,
    object_repr character varying(200) NOT NULL,
    action_flag smallint NOT NULL,
    change_message text NOT NULL,
    content_type_id integer,
    user_id uuid NOT NULL,
    CONSTRAINT django_admin_log_action_flag_check CHECK ((action_flag >= 0))
);
ALTER TABLE public.django_admin_log ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_admin_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.django_content_type (
    id integer NOT NULL,
    app_label character varying(100) NOT NULL,
    model character varying(100) NOT NULL
);
ALTER TABLE public.django_content_type ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_content_type_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.django_migrations (
    id bigint NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);
ALTER TABLE public.django_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.django_session (
    session_key character varying(40) NOT NULL,
    session_data text NOT NULL,
    expire_date timestamp with time zone NOT NULL
);
CREATE TABLE public.notes_note (
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    is_pinned boolean NOT NULL,
    is_archived boolean NOT NULL,
    version bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    trashed_at timestamp with time zone,
    purged_at timestamp with time zone,
    written_by uuid,
    revised_at timestamp with time zone,
    title character varying(255) NOT NULL COLLATE pg_catalog."C",
    tags jsonb NOT NULL,
    title_words text NOT NULL,
    content_words text NOT NULL,
    content text NOT NULL,
    content_signature text,
    CONSTRAINT note_has_a_title CHECK (((NOT ((title)::text = ''::text)) OR (NOT (purged_at IS NULL)))),
    CONSTRAINT note_version_comes_from_a_tick CHECK ((version > 0)),
    CONSTRAINT only_trash_is_purged CHECK (((purged_at IS NULL) OR (NOT (trashed_at IS NULL)))),
    CONSTRAINT tombstone_has_no_text CHECK (((purged_at IS NULL) OR ((content = ''::text) AND ((title)::text = ''::text))))
);
ALTER TABLE ONLY public.notes_note ALTER COLUMN content_words SET COMPRESSION lz4;
ALTER TABLE ONLY public.notes_note ALTER COLUMN content_signature SET STORAGE MAIN;
CREATE TABLE public.notes_revision (
    id bigint NOT NULL,
    version bigint NOT NULL,
    title character varying(255) NOT NULL,
    content text NOT NULL,
    tags jsonb NOT NULL,
    written_at timestamp with time zone NOT NULL,
    written_by uuid,
    kept_at timestamp with time zone NOT NULL,
    note_id uuid NOT NULL
);
ALTER TABLE public.notes_revision ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.notes_revision_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.notes_storedanswer (
    id uuid NOT NULL,
    credential_id uuid NOT NULL,
    key character varying(255) NOT NULL,
    fingerprint character varying(64) NOT NULL,
    status smallint NOT NULL,
    headers jsonb NOT NULL,
    body text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    user_id uuid NOT NULL,
    CONSTRAINT notes_storedanswer_status_check CHECK ((status >= 0))
);
CREATE TABLE public.notes_storedanswer_notes (
    id bigint NOT NULL,
    storedanswer_id uuid NOT NULL,
    note_id uuid NOT NULL
);
ALTER TABLE public.notes_storedanswer_notes ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.notes_storedanswer_notes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
INSERT INTO public.accounts_clock VALUES
	('01a22831-56e1-73b5-a1e9-3e472f06de5d', 7, 0, NULL);
INSERT INTO public.accounts_session VALUES
	('01a22831-5ca5-7602-a516-e48ac92498c4', 0, NULL, 'python-httpx/0.28.1', '127.0.0.1', '2026-11-29 16:44:13.34983+00', '2026-11-29 16:44:13.34988+00', '2026-12-29 16:44:13.349883+00', NULL, '01a22831-56e1-73b5-a1e9-3e472f06de5d');
INSERT INTO public.accounts_throttlecounter VALUES
	('register:address:127.0.0.1', 1, '2026-11-29 17:44:10.582229+00', false),
	('login:address:127.0.0.1', 0, '2026-11-29 16:45:11.959161+00', true),
	('login:account:ff8d9819fc0e12bf0d24892e45987e249a28dce836a85cad60e28eaaa8c6d976:elsewhere', 0, '2026-11-29 16:45:11.965135+00', true);
INSERT INTO public.accounts_user VALUES
	('bcrypt_sha256$$2b$12$q.1.pUhZ.w3pRvVz5l7Gj.XWlJmxRBGF7sQ1MpkSo5/OVdh3MvNWC', '2026-11-29 16:44:13.345857+00', false, '01a22831-56e1-73b5-a1e9-3e472f06de5d', 'alice@example.com', true, false, '2026-11-29 16:44:11.873804+00', 0, NULL);
INSERT INTO public.auth_group VALUES
	(1, 'Support');
INSERT INTO public.auth_group_permissions VALUES
	(1, 1, 32),
	(2, 1, 1),
	(3, 1, 2),
	(4, 1, 3),
	(5, 1, 4),
	(6, 1, 18),
	(7, 1, 20);
INSERT INTO public.auth_permission VALUES
	(1, 'Can add user', 1, 'add_user'),
	(2, 'Can change user', 1, 'change_user'),
	(3, 'Can delete user', 1, 'delete_user'),
	(4, 'Can view user', 1, 'view_user'),
	(5, 'Can add throttle counter', 2, 'add_throttlecounter'),
	(6, 'Can change throttle counter', 2, 'change_throttlecounter'),
	(7, 'Can delete throttle counter', 2, 'delete_throttlecounter'),
	(8, 'Can view throttle counter', 2, 'view_throttlecounter'),
	(9, 'Can add session', 3, 'add_session'),
	(10, 'Can change session', 3, 'change_session'),
	(11, 'Can delete session', 3, 'delete_session'),
	(12, 'Can view session', 3, 'view_session'),
	(13, 'Can add clock', 4, 'add_clock'),
	(14, 'Can change clock', 4, 'change_clock'),
	(15, 'Can delete clock', 4, 'delete_clock'),
	(16, 'Can view clock', 4, 'view_clock'),
	(17, 'Can add API token', 5, 'add_apitoken'),
	(18, 'Can change API token', 5, 'change_apitoken'),
	(19, 'Can delete API token', 5, 'delete_apitoken'),
	(20, 'Can view API token', 5, 'view_apitoken'),
	(21, 'Can add second factor', 6, 'add_secondfactor'),
	(22, 'Can change second factor', 6, 'change_secondfactor'),
	(23, 'Can delete second factor', 6, 'delete_secondfactor'),
	(24, 'Can view second factor', 6, 'view_secondfactor'),
	(25, 'Can add mail link', 7, 'add_maillink'),
	(26, 'Can change mail link', 7, 'change_maillink'),
	(27, 'Can delete mail link', 7, 'delete_maillink'),
	(28, 'Can view mail link', 7, 'view_maillink'),
	(29, 'Can add note', 8, 'add_note'),
	(30, 'Can change note', 8, 'change_note'),
	(31, 'Can delete note', 8, 'delete_note'),
	(32, 'Can view note', 8, 'view_note'),
	(33, 'Can add revision', 9, 'add_revision'),
	(34, 'Can change revision', 9, 'change_revision'),
	(35, 'Can delete revision', 9, 'delete_revision'),
	(36, 'Can view revision', 9, 'view_revision'),
	(37, 'Can add stored answer', 10, 'add_storedanswer'),
	(38, 'Can change stored answer', 10, 'change_storedanswer'),
	(39, 'Can delete stored answer', 10, 'delete_storedanswer'),
	(40, 'Can view stored answer', 10, 'view_storedanswer'),
	(41, 'Can add log entry', 11, 'add_logentry'),
	(42, 'Can change log entry', 11, 'change_logentry'),
	(43, 'Can delete log entry', 11, 'delete_logentry'),
	(44, 'Can view log entry', 11, 'view_logentry'),
	(45, 'Can add permission', 12, 'add_permission'),
	(46, 'Can change permission', 12, 'change_permission'),
	(47, 'Can delete permission', 12, 'delete_permission'),
	(48, 'Can view permission', 12, 'view_permission'),
	(49, 'Can add group', 13, 'add_group'),
	(50, 'Can change group', 13, 'change_group'),
	(51, 'Can delete group', 13, 'delete_group'),
	(52, 'Can view group', 13, 'view_group'),
	(53, 'Can add content type', 14, 'add_contenttype'),
	(54, 'Can change content type', 14, 'change_contenttype'),
	(55, 'Can delete content type', 14, 'delete_contenttype'),
	(56, 'Can view content type', 14, 'view_contenttype'),
	(57, 'Can add session', 15, 'add_session'),
	(58, 'Can change session', 15, 'change_session'),
	(59, 'Can delete session', 15, 'delete_session'),
	(60, 'Can view session', 15, 'view_session');
INSERT INTO public.django_content_type VALUES
	(1, 'accounts', 'user'),
	(2, 'accounts', 'throttlecounter'),
	(3, 'accounts', 'session'),
	(4, 'accounts', 'clock'),
	(5, 'accounts', 'apitoken'),
	(6, 'accounts', 'secondfactor'),
	(7, 'accounts', 'maillink'),
	(8, 'notes', 'note'),
	(9, 'notes', 'revision'),
	(10, 'notes', 'storedanswer'),
	(11, 'admin', 'logentry'),
	(12, 'auth', 'permission'),
	(13, 'auth', 'group'),
	(14, 'contenttypes', 'contenttype'),
	(15, 'sessions', 'session');
INSERT INTO public.django_migrations VALUES
	(1, 'contenttypes', '0001_initial', '2026-11-29 16:44:00.358994+00'),
	(2, 'contenttypes', '0002_remove_content_type_name', '2026-11-29 16:44:00.382693+00'),
	(3, 'auth', '0001_initial', '2026-11-29 16:44:00.511234+00'),
	(4, 'auth', '0002_alter_permission_name_max_length', '2026-11-29 16:44:00.519744+00'),
	(5, 'auth', '0003_alter_user_email_max_length', '2026-11-29 16:44:00.525109+00'),
	(6, 'auth', '0004_alter_user_username_opts', '2026-11-29 16:44:00.530589+00'),
	(7, 'auth', '0005_alter_user_last_login_null', '2026-11-29 16:44:00.544325+00'),
	(8, 'auth', '0006_require_contenttypes_0002', '2026-11-29 16:44:00.546792+00'),
	(9, 'auth', '0007_alter_validators_add_error_messages', '2026-11-29 16:44:00.552111+00'),
	(10, 'auth', '0008_alter_user_username_max_length', '2026-11-29 16:44:00.564253+00'),
	(11, 'auth', '0009_alter_user_last_name_max_length', '2026-11-29 16:44:00.579525+00'),
	(12, 'auth', '0010_alter_group_name_max_length', '2026-11-29 16:44:00.586604+00'),
	(13, 'auth', '0011_update_proxy_permissions', '2026-11-29 16:44:00.592386+00'),
	(14, 'auth', '0012_alter_user_first_name_max_length', '2026-11-29 16:44:00.608794+00'),
	(15, 'accounts', '0001_initial', '2026-11-29 16:44:00.783352+00'),
	(16, 'accounts', '0002_sessions_of_the_admin_have_a_generation', '2026-11-29 16:44:00.828206+00'),
	(17, 'accounts', '0003_windows_of_a_throttle_may_be_provisional', '2026-11-29 16:44:00.846367+00'),
	(18, 'accounts', '0004_api_tokens', '2026-11-29 16:44:00.933162+00'),
	(19, 'accounts', '0005_a_second_factor', '2026-11-29 16:44:00.99084+00'),
	(20, 'accounts', '0006_clocks_count_bytes', '2026-11-29 16:44:01.03298+00'),
	(21, 'accounts', '0007_addresses_can_be_verified', '2026-11-29 16:44:01.048275+00'),
	(22, 'accounts', '0008_links_are_sent_by_mail', '2026-11-29 16:44:01.083863+00'),
	(23, 'accounts', '0009_links_verify_and_change_addresses', '2026-11-29 16:44:01.09559+00'),
	(24, 'admin', '0001_initial', '2026-11-29 16:44:01.157237+00'),
	(25, 'admin', '0002_logentry_remove_auto_add', '2026-11-29 16:44:01.203903+00'),
	(26, 'admin', '0003_logentry_add_action_flag_choices', '2026-11-29 16:44:01.24762+00'),
	(27, 'notes', '0001_initial', '2026-11-29 16:44:01.87162+00'),
	(28, 'notes', '0002_titles_sort_by_code_point', '2026-11-29 16:44:01.898298+00'),
	(29, 'notes', '0003_support_group', '2026-11-29 16:44:01.948282+00'),
	(30, 'notes', '0004_search_words_unpack_fast', '2026-11-29 16:44:02.001126+00'),
	(31, 'notes', '0005_support_looks_after_api_tokens', '2026-11-29 16:44:02.061924+00'),
	(32, 'notes', '0006_search_signatures', '2026-11-29 16:44:02.109624+00'),
	(33, 'sessions', '0001_initial', '2026-11-29 16:44:02.161275+00');
INSERT INTO public.notes_note VALUES
	('01a22831-5cdc-7465-bf05-9222b473a394', '01a22831-56e1-73b5-a1e9-3e472f06de5d', true, false, 1, '2026-11-29 16:44:13.40127+00', '2026-11-29 16:44:13.40127+00', NULL, NULL, '01a22831-5ca5-7602-a516-e48ac92498c4', NULL, 'Milk', '["shopping", "Größe"]', ' milk ', ' two bottles and cafe creme ', 'Two bottles, and café crème.', NULL),
	('01a22831-5d71-722b-97b8-9541ae7b611b', '01a22831-56e1-73b5-a1e9-3e472f06de5d', false, false, 2, '2026-11-29 16:44:13.547918+00', '2026-11-29 16:44:13.547918+00', NULL, NULL, '01a22831-5ca5-7602-a516-e48ac92498c4', NULL, 'Long', '["work"]', ' long ', ' the quick brown fox jumps over 13 lazy dogs the quick brown fox jumps over 13 lazy dogs the quick brown fox jumps over 13 lazy dogs the quick brown fox jumps over 13 lazy dogs the quick brown fox jumps over 13 lazy dogs the quick brown fox jumps over 13 lazy dogs the quick brown fox jumps over 13 lazy dogs the quick brown fox jumps over 13 lazy dogs the quick brown fox jumps over 13 lazy dogs the quick brown fox jumps over 13 lazy dogs the quick brown fox jumps over 13 lazy dogs the quick brown fox jumps over 13 lazy dogs the quick brown fox jumps over 13 lazy dogs the quick brown fox jumps over 13 lazy dogs the quick brown fox jumps over 13 lazy dogs the quick brown fox jumps over 13 lazy dogs the quick brown fox jumps over 13 lazy dogs the quick brown fox jumps over 13 lazy dogs the quick brown fox jumps over 13 lazy dogs the quick brown fox jumps over 13 lazy dogs ', 'The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. The quick brown fox jumps over 13 lazy dogs. ', NULL),
	('01a22831-5dad-7078-a104-6be34da31774', '01a22831-56e1-73b5-a1e9-3e472f06de5d', false, true, 3, '2026-11-29 16:44:13.607476+00', '2026-11-29 16:44:13.607476+00', NULL, NULL, '01a22831-5ca5-7602-a516-e48ac92498c4', NULL, 'Ärger 猫', '[]', ' arger 猫 ', ' ελληνικα και русскии ', 'Ελληνικά και русский', NULL),
	('01a22831-5dc0-76a9-b434-35d232a59c02', '01a22831-56e1-73b5-a1e9-3e472f06de5d', false, false, 6, '2026-11-29 16:44:13.631006+00', '2026-11-29 16:44:13.695571+00', NULL, NULL, '01a22831-5ca5-7602-a516-e48ac92498c4', '2026-11-29 16:44:13.695571+00', 'Edited', '[]', ' edited ', ' the second text ', 'The second text.', NULL),
	('01a22831-5dd3-76d0-8c33-d7379f4150de', '01a22831-56e1-73b5-a1e9-3e472f06de5d', false, false, 7, '2026-11-29 16:44:13.649782+00', '2026-11-29 16:44:13.649782+00', '2026-11-29 16:44:13.786249+00', NULL, '01a22831-5ca5-7602-a516-e48ac92498c4', NULL, 'In the trash', '["shopping"]', ' in the trash ', ' deleted by mistake ', 'Deleted by mistake.', NULL);
INSERT INTO public.notes_revision VALUES
	(1, 4, 'Edited', 'The first text of this note.', '[]', '2026-11-29 16:44:13.631006+00', '01a22831-5ca5-7602-a516-e48ac92498c4', '2026-11-29 16:44:13.695571+00', '01a22831-5dc0-76a9-b434-35d232a59c02');
SELECT pg_catalog.setval('public.accounts_user_groups_id_seq', 1, false);
SELECT pg_catalog.setval('public.accounts_user_user_permissions_id_seq', 1, false);
SELECT pg_catalog.setval('public.auth_group_id_seq', 1, true);
SELECT pg_catalog.setval('public.auth_group_permissions_id_seq', 7, true);
SELECT pg_catalog.setval('public.auth_permission_id_seq', 60, true);
SELECT pg_catalog.setval('public.django_admin_log_id_seq', 1, false);
SELECT pg_catalog.setval('public.django_content_type_id_seq', 15, true);
SELECT pg_catalog.setval('public.django_migrations_id_seq', 33, true);
SELECT pg_catalog.setval('public.notes_revision_id_seq', 1, true);
SELECT pg_catalog.setval('public.notes_storedanswer_notes_id_seq', 1, false);
ALTER TABLE ONLY public.accounts_apitoken
    ADD CONSTRAINT accounts_apitoken_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_clock
    ADD CONSTRAINT accounts_clock_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY public.accounts_maillink
    ADD CONSTRAINT accounts_maillink_digest_key UNIQUE (digest);
ALTER TABLE ONLY public.accounts_maillink
    ADD CONSTRAINT accounts_maillink_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_secondfactor
    ADD CONSTRAINT accounts_secondfactor_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY public.accounts_session
    ADD CONSTRAINT accounts_session_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_throttlecounter
    ADD CONSTRAINT accounts_throttlecounter_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.accounts_user
    ADD CONSTRAINT accounts_user_email_key UNIQUE (email);
ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_user_id_group_id_59c0b32f_uniq UNIQUE (user_id, group_id);
ALTER TABLE ONLY public.accounts_user
    ADD CONSTRAINT accounts_user_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_permi_user_id_permission_id_2ab516c2_uniq UNIQUE (user_id, permission_id);
ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_permissions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_name_key UNIQUE (name);
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_permission_id_0cd325b0_uniq UNIQUE (group_id, permission_id);
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_codename_01ab375a_uniq UNIQUE (content_type_id, codename);
ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_app_label_model_76bd3d3b_uniq UNIQUE (app_label, model);
ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.django_session
    ADD CONSTRAINT django_session_pkey PRIMARY KEY (session_key);
ALTER TABLE ONLY public.notes_note
    ADD CONSTRAINT notes_note_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.notes_revision
    ADD CONSTRAINT notes_revision_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.notes_storedanswer_notes
    ADD CONSTRAINT notes_storedanswer_notes_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.notes_storedanswer_notes
    ADD CONSTRAINT notes_storedanswer_notes_storedanswer_id_note_id_e22992b4_uniq UNIQUE (storedanswer_id, note_id);
ALTER TABLE ONLY public.notes_storedanswer
    ADD CONSTRAINT notes_storedanswer_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.notes_storedanswer
    ADD CONSTRAINT one_answer_a_key UNIQUE (credential_id, key);
ALTER TABLE ONLY public.accounts_apitoken
    ADD CONSTRAINT one_api_token_a_secret UNIQUE (digest);
ALTER TABLE ONLY public.notes_revision
    ADD CONSTRAINT one_revision_a_version UNIQUE (note_id, version);
CREATE INDEX accounts_maillink_digest_c2092086_like ON public.accounts_maillink USING btree (digest varchar_pattern_ops);
CREATE INDEX accounts_maillink_expires_at_a041b6ec ON public.accounts_maillink USING btree (expires_at);
CREATE INDEX accounts_maillink_user_id_56e8e1a5 ON public.accounts_maillink USING btree (user_id);
CREATE INDEX accounts_session_user_id_d5aaed01 ON public.accounts_session USING btree (user_id);
CREATE INDEX accounts_throttlecounter_expires_at_3f15394b ON public.accounts_throttlecounter USING btree (expires_at);
CREATE INDEX accounts_throttlecounter_key_b5feeec2_like ON public.accounts_throttlecounter USING btree (key varchar_pattern_ops);
CREATE INDEX accounts_user_email_b2644a56_like ON public.accounts_user USING btree (email varchar_pattern_ops);
CREATE INDEX accounts_user_groups_group_id_bd11a704 ON public.accounts_user_groups USING btree (group_id);
CREATE INDEX accounts_user_groups_user_id_52b62117 ON public.accounts_user_groups USING btree (user_id);
CREATE INDEX accounts_user_user_permissions_permission_id_113bb443 ON public.accounts_user_user_permissions USING btree (permission_id);
CREATE INDEX accounts_user_user_permissions_user_id_e4f0a161 ON public.accounts_user_user_permissions USING btree (user_id);
CREATE INDEX api_token_of_user ON public.accounts_apitoken USING btree (user_id, id);
CREATE INDEX auth_group_name_a6ea08ec_like ON public.auth_group USING btree (name varchar_pattern_ops);
CREATE INDEX auth_group_permissions_group_id_b120cbf9 ON public.auth_group_permissions USING btree (group_id);
CREATE INDEX auth_group_permissions_permission_id_84c5c92e ON public.auth_group_permissions USING btree (permission_id);
CREATE INDEX auth_permission_content_type_id_2f476e4b ON public.auth_permission USING btree (content_type_id);
CREATE INDEX django_admin_log_content_type_id_c4bce8eb ON public.django_admin_log USING btree (content_type_id);
CREATE INDEX django_admin_log_user_id_c564eba6 ON public.django_admin_log USING btree (user_id);
CREATE INDEX django_session_expire_date_a5c62663 ON public.django_session USING btree (expire_date);
CREATE INDEX django_session_session_key_c0390e0f_like ON public.django_session USING btree (session_key varchar_pattern_ops);
CREATE INDEX note_by_creation ON public.notes_note USING btree (owner_id, created_at, id) WHERE (trashed_at IS NULL);
CREATE INDEX note_by_title ON public.notes_note USING btree (owner_id, title, id) WHERE (trashed_at IS NULL);
CREATE INDEX note_by_update ON public.notes_note USING btree (owner_id, updated_at, id) WHERE (trashed_at IS NULL);
CREATE INDEX note_by_version ON public.notes_note USING btree (owner_id, version, id);
CREATE INDEX notes_storedanswer_created_at_3cdb454e ON public.notes_storedanswer USING btree (created_at);
CREATE INDEX notes_storedanswer_notes_note_id_a4593644 ON public.notes_storedanswer_notes USING btree (note_id);
CREATE INDEX notes_storedanswer_notes_storedanswer_id_d5f9c19f ON public.notes_storedanswer_notes USING btree (storedanswer_id);
CREATE INDEX notes_storedanswer_user_id_0f45ebdd ON public.notes_storedanswer USING btree (user_id);
CREATE INDEX session_of_user ON public.accounts_session USING btree (user_id, id);
CREATE INDEX trash_by_time ON public.notes_note USING btree (owner_id, trashed_at, id) WHERE ((purged_at IS NULL) AND (NOT (trashed_at IS NULL)));
ALTER TABLE ONLY public.accounts_apitoken
    ADD CONSTRAINT accounts_apitoken_user_id_bbee13e0_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_clock
    ADD CONSTRAINT accounts_clock_user_id_1458b60b_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_maillink
    ADD CONSTRAINT accounts_maillink_user_id_56e8e1a5_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_secondfactor
    ADD CONSTRAINT accounts_secondfactor_user_id_1e182b70_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_session
    ADD CONSTRAINT accounts_session_user_id_d5aaed01_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_group_id_bd11a704_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_user_id_52b62117_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_p_permission_id_113bb443_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_p_user_id_e4f0a161_fk_accounts_ FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissio_permission_id_84c5c92e_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_b120cbf9_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_2f476e4b_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_content_type_id_c4bce8eb_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_user_id_c564eba6_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.notes_note
    ADD CONSTRAINT notes_note_owner_id_8dafc06d_fk_accounts_user_id FOREIGN KEY (owner_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.notes_revision
    ADD CONSTRAINT notes_revision_note_id_d032c818_fk_notes_note_id FOREIGN KEY (note_id) REFERENCES public.notes_note(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.notes_storedanswer_notes
    ADD CONSTRAINT notes_storedanswer_n_storedanswer_id_d5f9c19f_fk_notes_sto FOREIGN KEY (storedanswer_id) REFERENCES public.notes_storedanswer(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.notes_storedanswer_notes
    ADD CONSTRAINT notes_storedanswer_notes_note_id_a4593644_fk_notes_note_id FOREIGN KEY (note_id) REFERENCES public.notes_note(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.notes_storedanswer
    ADD CONSTRAINT notes_storedanswer_user_id_0f45ebdd_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

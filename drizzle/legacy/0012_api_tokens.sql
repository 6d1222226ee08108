-- Who may call. Of a token only its SHA-256 is kept; revoked ones stay, so that revoking the last one opens nothing.
create table api_tokens (
  id uuid primary key,
  name text not null,
  role text not null check (role in ('viewer', 'operator', 'admin')),
  token_sha256 bytea not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz,
  revoked_at timestamptz
);
--> statement-breakpoint
create index api_tokens_sha256 on api_tokens (token_sha256);
--> statement-breakpoint
create unique index api_tokens_name_in_use on api_tokens (name) where revoked_at is null;
--> statement-breakpoint
-- Heard by every process: what it remembers of tokens is forgotten, and sockets of revoked ones are closed.
create function asof_announce_api_token() returns trigger language plpgsql as $$
begin
  perform pg_notify('asof_api_tokens', '');
  return null;
end $$;
--> statement-breakpoint
create trigger announce after insert or update or delete on api_tokens
  for each statement execute function asof_announce_api_token();

-- AlterTable
ALTER TABLE "session" ADD COLUMN     "was_active" BOOLEAN,
ADD COLUMN     "was_expired" BOOLEAN,
ADD COLUMN     "was_reason" "attention_reason",
ADD COLUMN     "was_state" "session_execution_state";

-- CreateTable
CREATE TABLE "reader_base" (
    "tenant_id" TEXT NOT NULL,
    "reader_id" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "settled" BOOLEAN NOT NULL DEFAULT false,
    "turn" UUID NOT NULL DEFAULT gen_random_uuid(),
    "changed_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "reader_base_pkey" PRIMARY KEY ("tenant_id","reader_id")
);

-- CreateTable
CREATE TABLE "reader_base_count" (
    "tenant_id" TEXT NOT NULL,
    "reader_id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "backend_profile" TEXT NOT NULL,
    "reason" "attention_reason" NOT NULL,
    "active" BOOLEAN NOT NULL,
    "execution_state" "session_execution_state" NOT NULL,
    "is_read" BOOLEAN NOT NULL,
    "is_archived" BOOLEAN NOT NULL,
    "is_snoozed" BOOLEAN NOT NULL,
    "n" BIGINT NOT NULL,

    CONSTRAINT "reader_base_count_pkey" PRIMARY KEY ("tenant_id","reader_id","project_id","backend_profile","reason","active","execution_state","is_read","is_archived","is_snoozed")
);

-- CreateTable
CREATE TABLE "session_was" (
    "tenant_id" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "session_id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "backend_profile" TEXT NOT NULL,
    "counted" BOOLEAN NOT NULL,
    "reason" "attention_reason" NOT NULL,
    "active" BOOLEAN NOT NULL,
    "execution_state" "session_execution_state" NOT NULL,
    "session_version" BIGINT NOT NULL,
    "input_version" BIGINT NOT NULL,

    CONSTRAINT "session_was_pkey" PRIMARY KEY ("tenant_id","version","session_id")
);

-- CreateTable
CREATE TABLE "mark_was" (
    "tenant_id" TEXT NOT NULL,
    "reader_id" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "session_id" TEXT NOT NULL,
    "read_version" BIGINT,
    "marked_unread" BOOLEAN,
    "unread_version" BIGINT,
    "kept_version" BIGINT,
    "archived_version" BIGINT,
    "snoozed_until" TIMESTAMPTZ(6),
    "snoozed_version" BIGINT,

    CONSTRAINT "mark_was_pkey" PRIMARY KEY ("tenant_id","reader_id","version","session_id")
);

-- CreateIndex
CREATE INDEX "session_past_idx" ON "session"("tenant_id", "expires_at") WHERE (expires_at IS NOT NULL AND NOT expired);

-- AddForeignKey
ALTER TABLE "reader_base_count" ADD CONSTRAINT "reader_base_count_tenant_id_reader_id_fkey" FOREIGN KEY ("tenant_id", "reader_id") REFERENCES "reader_base"("tenant_id", "reader_id") ON DELETE CASCADE ON UPDATE NO ACTION;

-- What follows schema.prisma cannot say. That the changes since a base are written down is left to triggers, so that no writer
-- forgets it, nor nodes of an older build beside newer ones. Each change of a root or a mark takes its version, under the tenant's
-- lock, before it writes it. Whoever begins a base takes that lock too, so that every change with a newer version finds the base:
-- each query of such a function sees what is committed when it begins.

-- The first statement of a transaction that changes how a root counts, which has no version yet.
CREATE FUNCTION note_how_root_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.was_reason := OLD.reason;
  NEW.was_active := OLD.active;
  NEW.was_state := OLD.execution_state;
  NEW.was_expired := OLD.expired;
  RETURN NEW;
END $$;
CREATE TRIGGER session_1_note BEFORE UPDATE OF reason, active, execution_state, expired ON session FOR EACH ROW
  WHEN (OLD.parent_id IS NULL AND OLD.change_version > 0 AND OLD.was_reason IS NULL
    AND (OLD.reason, OLD.active, OLD.execution_state, OLD.expired) IS DISTINCT FROM (NEW.reason, NEW.active, NEW.execution_state, NEW.expired))
  EXECUTE FUNCTION note_how_root_counted();

-- The statement that gives the change its version.
CREATE FUNCTION log_how_root_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM reader_base WHERE tenant_id = NEW.tenant_id) THEN
    INSERT INTO session_was (tenant_id, version, session_id, project_id, backend_profile, counted, reason, active, execution_state, session_version, input_version)
    VALUES (NEW.tenant_id, NEW.change_version, NEW.id, NEW.project_id, NEW.backend_profile,
      OLD.change_version > 0 AND NOT coalesce(NEW.was_expired, OLD.expired), coalesce(NEW.was_reason, OLD.reason),
      coalesce(NEW.was_active, OLD.active), coalesce(NEW.was_state, OLD.execution_state), OLD.version, OLD.input_version)
    ON CONFLICT DO NOTHING;
  END IF;
  NEW.was_reason := NULL;
  NEW.was_active := NULL;
  NEW.was_state := NULL;
  NEW.was_expired := NULL;
  RETURN NEW;
END $$;
CREATE TRIGGER session_2_log BEFORE UPDATE OF change_version ON session FOR EACH ROW
  WHEN (OLD.parent_id IS NULL AND OLD.change_version <> NEW.change_version
    AND (OLD.change_version = 0 OR NEW.was_reason IS NOT NULL OR (OLD.version, OLD.input_version) <> (NEW.version, NEW.input_version)))
  EXECUTE FUNCTION log_how_root_counted();

CREATE FUNCTION log_made_marks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO mark_was (tenant_id, reader_id, version, session_id)
  SELECT tenant_id, reader_id, change_version, session_id FROM made
  WHERE EXISTS (SELECT FROM reader_base AS base WHERE base.tenant_id = made.tenant_id AND base.reader_id = made.reader_id)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER reader_mark_made AFTER INSERT ON reader_mark REFERENCING NEW TABLE AS made
  FOR EACH STATEMENT EXECUTE FUNCTION log_made_marks();

CREATE FUNCTION log_changed_marks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO mark_was (tenant_id, reader_id, version, session_id, read_version, marked_unread, unread_version, kept_version,
    archived_version, snoozed_until, snoozed_version)
  SELECT was.tenant_id, was.reader_id, mark.change_version, was.session_id, was.read_version, was.marked_unread, was.unread_version,
    was.kept_version, was.archived_version, was.snoozed_until, was.snoozed_version
  FROM was JOIN mark USING (tenant_id, reader_id, session_id)
  WHERE EXISTS (SELECT FROM reader_base AS base WHERE base.tenant_id = was.tenant_id AND base.reader_id = was.reader_id)
    AND (was.read_version, was.marked_unread, was.unread_version, was.kept_version, was.archived_version, was.snoozed_until, was.snoozed_version)
      IS DISTINCT FROM (mark.read_version, mark.marked_unread, mark.unread_version, mark.kept_version, mark.archived_version, mark.snoozed_until, mark.snoozed_version)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER reader_mark_changed AFTER UPDATE ON reader_mark REFERENCING OLD TABLE AS was NEW TABLE AS mark
  FOR EACH STATEMENT EXECUTE FUNCTION log_changed_marks();

-- Marks are removed without a version, after their session has expired. They are written down as if with the newest change of either:
-- a base of an older version finds them, and to a newer one the session has expired.
CREATE FUNCTION log_removed_marks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO mark_was (tenant_id, reader_id, version, session_id, read_version, marked_unread, unread_version, kept_version,
    archived_version, snoozed_until, snoozed_version)
  SELECT was.tenant_id, was.reader_id, greatest(was.change_version, session.change_version), was.session_id, was.read_version,
    was.marked_unread, was.unread_version, was.kept_version, was.archived_version, was.snoozed_until, was.snoozed_version
  FROM was JOIN session ON session.tenant_id = was.tenant_id AND session.id = was.session_id
  WHERE EXISTS (SELECT FROM reader_base AS base WHERE base.tenant_id = was.tenant_id AND base.reader_id = was.reader_id)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER reader_mark_removed AFTER DELETE ON reader_mark REFERENCING OLD TABLE AS was
  FOR EACH STATEMENT EXECUTE FUNCTION log_removed_marks();

-- All roots of a scope are read up to a version. To a base that is not newer all of them were, as they stood then. A newer one, or
-- one that is being counted, is dropped. A reader without a base and without marks gets that of nobody.
CREATE FUNCTION settle_read_up_to() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE base reader_base;
BEGIN
  SELECT * INTO base FROM reader_base WHERE tenant_id = NEW.tenant_id AND reader_id = NEW.reader_id FOR UPDATE;
  IF FOUND AND (NOT base.settled OR base.version > NEW.version) THEN
    DELETE FROM reader_base WHERE tenant_id = NEW.tenant_id AND reader_id = NEW.reader_id;
    RETURN NULL;
  END IF;
  IF NOT FOUND THEN
    SELECT * INTO base FROM reader_base WHERE tenant_id = NEW.tenant_id AND reader_id = '' AND settled AND version <= NEW.version FOR SHARE;
    IF NOT FOUND OR EXISTS (SELECT FROM reader_mark WHERE tenant_id = NEW.tenant_id AND reader_id = NEW.reader_id)
      OR EXISTS (SELECT FROM mark_was WHERE tenant_id = NEW.tenant_id AND reader_id = NEW.reader_id AND version > base.version)
      OR EXISTS (SELECT FROM reader_read_up_to WHERE tenant_id = NEW.tenant_id AND reader_id = NEW.reader_id
        AND (project_id, backend_profile) <> (NEW.project_id, NEW.backend_profile))
    THEN RETURN NULL;
    END IF;
    INSERT INTO reader_base (tenant_id, reader_id, version, settled) VALUES (NEW.tenant_id, NEW.reader_id, base.version, true);
    INSERT INTO reader_base_count (tenant_id, reader_id, project_id, backend_profile, reason, active, execution_state, is_read, is_archived, is_snoozed, n)
    SELECT tenant_id, NEW.reader_id, project_id, backend_profile, reason, active, execution_state, is_read, is_archived, is_snoozed, n
    FROM reader_base_count WHERE tenant_id = NEW.tenant_id AND reader_id = '';
  END IF;
  WITH unread AS (
    SELECT project_id, backend_profile, reason, active, execution_state, is_archived, is_snoozed, n FROM reader_base_count
    WHERE tenant_id = NEW.tenant_id AND reader_id = NEW.reader_id AND NOT is_read AND n <> 0
      AND project_id <> '' AND NEW.project_id IN ('', project_id) AND backend_profile <> '' AND NEW.backend_profile IN ('', backend_profile)
  ), moved AS (
    SELECT coalesce(project_id, '') AS project_id, coalesce(backend_profile, '') AS backend_profile, reason, active, execution_state,
      is_archived, is_snoozed, sum(n) AS n
    FROM unread GROUP BY CUBE (project_id, backend_profile), reason, active, execution_state, is_archived, is_snoozed
  )
  INSERT INTO reader_base_count AS kept (tenant_id, reader_id, project_id, backend_profile, reason, active, execution_state, is_read, is_archived, is_snoozed, n)
  SELECT NEW.tenant_id, NEW.reader_id, project_id, backend_profile, reason, active, execution_state, side.is_read, is_archived, is_snoozed, side.sign * n
  FROM moved CROSS JOIN (VALUES (false, -1), (true, 1)) AS side (is_read, sign)
  ON CONFLICT (tenant_id, reader_id, project_id, backend_profile, reason, active, execution_state, is_read, is_archived, is_snoozed)
    DO UPDATE SET n = kept.n + excluded.n;
  UPDATE reader_base SET turn = gen_random_uuid(), changed_at = clock_timestamp() WHERE tenant_id = NEW.tenant_id AND reader_id = NEW.reader_id;
  RETURN NULL;
END $$;
CREATE TRIGGER reader_read_up_to_settled AFTER INSERT OR UPDATE ON reader_read_up_to
  FOR EACH ROW EXECUTE FUNCTION settle_read_up_to();

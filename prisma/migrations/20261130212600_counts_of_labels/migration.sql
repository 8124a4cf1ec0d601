-- AlterTable
ALTER TABLE "reader_base" ADD COLUMN     "labels" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "labels_turn" UUID;

-- AlterTable
ALTER TABLE "session" ADD COLUMN     "was_labels" TEXT[];

-- AlterTable
ALTER TABLE "session_was" ADD COLUMN     "labels" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- CreateTable
CREATE TABLE "reader_base_label_count" (
    "tenant_id" TEXT NOT NULL,
    "reader_id" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "backend_profile" TEXT NOT NULL,
    "reason" "attention_reason" NOT NULL,
    "active" BOOLEAN NOT NULL,
    "execution_state" "session_execution_state" NOT NULL,
    "is_read" BOOLEAN NOT NULL,
    "is_archived" BOOLEAN NOT NULL,
    "is_snoozed" BOOLEAN NOT NULL,
    "n" BIGINT NOT NULL,

    CONSTRAINT "reader_base_label_count_pkey" PRIMARY KEY ("tenant_id","reader_id","label","project_id","backend_profile","reason","active","execution_state","is_read","is_archived","is_snoozed")
);

-- AddForeignKey
ALTER TABLE "reader_base_label_count" ADD CONSTRAINT "reader_base_label_count_tenant_id_reader_id_fkey" FOREIGN KEY ("tenant_id", "reader_id") REFERENCES "reader_base"("tenant_id", "reader_id") ON DELETE CASCADE ON UPDATE NO ACTION;

-- What follows schema.prisma cannot say. A root's labels count as its reason does: a transaction that changes them notes what they were,
-- and what it stamps the root with writes that down.
CREATE OR REPLACE FUNCTION note_how_root_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.was_reason := OLD.reason;
  NEW.was_active := OLD.active;
  NEW.was_state := OLD.execution_state;
  NEW.was_expired := OLD.expired;
  NEW.was_labels := OLD.labels;
  RETURN NEW;
END $$;
DROP TRIGGER session_1_note ON session;
CREATE TRIGGER session_1_note BEFORE UPDATE OF reason, active, execution_state, expired, labels ON session FOR EACH ROW
  WHEN (OLD.parent_id IS NULL AND OLD.change_version > 0 AND OLD.was_reason IS NULL
    AND (OLD.reason, OLD.active, OLD.execution_state, OLD.expired, OLD.labels)
      IS DISTINCT FROM (NEW.reason, NEW.active, NEW.execution_state, NEW.expired, NEW.labels))
  EXECUTE FUNCTION note_how_root_counted();

CREATE OR REPLACE FUNCTION log_how_root_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM reader_base WHERE tenant_id = NEW.tenant_id) THEN
    INSERT INTO session_was (tenant_id, version, session_id, project_id, backend_profile, counted, reason, active, execution_state, session_version, input_version, labels)
    VALUES (NEW.tenant_id, NEW.change_version, NEW.id, NEW.project_id, NEW.backend_profile,
      OLD.change_version > 0 AND NOT coalesce(NEW.was_expired, OLD.expired), coalesce(NEW.was_reason, OLD.reason),
      coalesce(NEW.was_active, OLD.active), coalesce(NEW.was_state, OLD.execution_state), OLD.version, OLD.input_version,
      coalesce(NEW.was_labels, OLD.labels))
    ON CONFLICT DO NOTHING;
  END IF;
  NEW.was_reason := NULL;
  NEW.was_active := NULL;
  NEW.was_state := NULL;
  NEW.was_expired := NULL;
  NEW.was_labels := NULL;
  RETURN NEW;
END $$;

-- What is read of a scope moves the counts of labels as it moves the others, and who gets the base of nobody gets its labels.
CREATE OR REPLACE FUNCTION settle_read_up_to() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  base reader_base;
  next uuid := gen_random_uuid();
BEGIN
  SELECT * INTO base FROM reader_base WHERE tenant_id = NEW.tenant_id AND reader_id = NEW.reader_id FOR UPDATE;
  IF FOUND AND (NOT base.settled OR base.version > NEW.version) THEN
    DELETE FROM reader_base WHERE tenant_id = NEW.tenant_id AND reader_id = NEW.reader_id;
    RETURN NULL;
  END IF;
  IF NOT FOUND THEN
    SELECT * INTO base FROM reader_base WHERE tenant_id = NEW.tenant_id AND reader_id = '' AND settled AND version <= NEW.version FOR SHARE;
    IF NOT FOUND
      OR (SELECT count(*) FROM (SELECT FROM reader_mark WHERE tenant_id = NEW.tenant_id AND reader_id = NEW.reader_id
        ORDER BY session_id LIMIT 100) AS mark) = 100
      OR EXISTS (SELECT FROM mark_was WHERE tenant_id = NEW.tenant_id AND reader_id = NEW.reader_id AND version > base.version)
      OR EXISTS (SELECT FROM reader_read_up_to WHERE tenant_id = NEW.tenant_id AND reader_id = NEW.reader_id
        AND (project_id, backend_profile) <> (NEW.project_id, NEW.backend_profile))
    THEN RETURN NULL;
    END IF;
    INSERT INTO reader_base (tenant_id, reader_id, version, settled, turn, labels, labels_turn)
    VALUES (NEW.tenant_id, NEW.reader_id, base.version, true, base.turn, base.labels, base.labels_turn);
    INSERT INTO reader_base_count (tenant_id, reader_id, project_id, backend_profile, reason, active, execution_state, is_read, is_archived, is_snoozed, n)
    SELECT tenant_id, NEW.reader_id, project_id, backend_profile, reason, active, execution_state, is_read, is_archived, is_snoozed, n
    FROM reader_base_count WHERE tenant_id = NEW.tenant_id AND reader_id = '';
    INSERT INTO reader_base_label_count (tenant_id, reader_id, label, project_id, backend_profile, reason, active, execution_state, is_read, is_archived, is_snoozed, n)
    SELECT tenant_id, NEW.reader_id, label, project_id, backend_profile, reason, active, execution_state, is_read, is_archived, is_snoozed, n
    FROM reader_base_label_count WHERE tenant_id = NEW.tenant_id AND reader_id = '';
    INSERT INTO mark_was (tenant_id, reader_id, version, session_id)
    SELECT tenant_id, reader_id, base.version + 1, session_id FROM reader_mark
    WHERE tenant_id = NEW.tenant_id AND reader_id = NEW.reader_id;
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
  WITH unread AS (
    SELECT label, project_id, backend_profile, reason, active, execution_state, is_archived, is_snoozed, n FROM reader_base_label_count
    WHERE tenant_id = NEW.tenant_id AND reader_id = NEW.reader_id AND NOT is_read AND n <> 0
      AND project_id <> '' AND NEW.project_id IN ('', project_id) AND backend_profile <> '' AND NEW.backend_profile IN ('', backend_profile)
  ), moved AS (
    SELECT label, coalesce(project_id, '') AS project_id, coalesce(backend_profile, '') AS backend_profile, reason, active, execution_state,
      is_archived, is_snoozed, sum(n) AS n
    FROM unread GROUP BY label, CUBE (project_id, backend_profile), reason, active, execution_state, is_archived, is_snoozed
  )
  INSERT INTO reader_base_label_count AS kept (tenant_id, reader_id, label, project_id, backend_profile, reason, active, execution_state, is_read, is_archived, is_snoozed, n)
  SELECT NEW.tenant_id, NEW.reader_id, label, project_id, backend_profile, reason, active, execution_state, side.is_read, is_archived, is_snoozed, side.sign * n
  FROM moved CROSS JOIN (VALUES (false, -1), (true, 1)) AS side (is_read, sign)
  ON CONFLICT (tenant_id, reader_id, label, project_id, backend_profile, reason, active, execution_state, is_read, is_archived, is_snoozed)
    DO UPDATE SET n = kept.n + excluded.n;
  UPDATE reader_base SET turn = next, labels_turn = CASE WHEN labels_turn = turn THEN next END, changed_at = clock_timestamp()
  WHERE tenant_id = NEW.tenant_id AND reader_id = NEW.reader_id;
  RETURN NULL;
END $$;

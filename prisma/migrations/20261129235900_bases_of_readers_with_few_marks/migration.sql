-- A reader who has marked a few sessions and then reads all of a scope gets the base of nobody too, not only one who has marked none:
-- without a base its counts passed over every session until one was made. To that base all of these marks are new: they are written
-- down as if they had come right after it. The tenant's row is locked by who reads the scope, so that no mark is made meanwhile.
CREATE OR REPLACE FUNCTION settle_read_up_to() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE base reader_base;
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
    INSERT INTO reader_base (tenant_id, reader_id, version, settled) VALUES (NEW.tenant_id, NEW.reader_id, base.version, true);
    INSERT INTO reader_base_count (tenant_id, reader_id, project_id, backend_profile, reason, active, execution_state, is_read, is_archived, is_snoozed, n)
    SELECT tenant_id, NEW.reader_id, project_id, backend_profile, reason, active, execution_state, is_read, is_archived, is_snoozed, n
    FROM reader_base_count WHERE tenant_id = NEW.tenant_id AND reader_id = '';
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
  UPDATE reader_base SET turn = gen_random_uuid(), changed_at = clock_timestamp() WHERE tenant_id = NEW.tenant_id AND reader_id = NEW.reader_id;
  RETURN NULL;
END $$;

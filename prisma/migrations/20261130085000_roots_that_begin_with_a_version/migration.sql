-- A root that is inserted with its version counted nowhere before: it is written down as one is that gets its version later, by
-- log_how_root_counted, for counts that are kept as of an older version.
CREATE FUNCTION log_begun_root() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM reader_base WHERE tenant_id = NEW.tenant_id) THEN
    INSERT INTO session_was (tenant_id, version, session_id, project_id, backend_profile, counted, reason, active, execution_state, session_version, input_version)
    VALUES (NEW.tenant_id, NEW.change_version, NEW.id, NEW.project_id, NEW.backend_profile, false, NEW.reason, NEW.active, NEW.execution_state, 0, 0)
    ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER session_3_begun AFTER INSERT ON session FOR EACH ROW
  WHEN (NEW.parent_id IS NULL AND NEW.change_version > 0) EXECUTE FUNCTION log_begun_root();

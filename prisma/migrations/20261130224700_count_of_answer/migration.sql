-- What schema.prisma cannot say. A statement that makes an answer has its long texts counted, and ends where they are too long together.
-- What was counted is forgotten with the statement's transaction, which is its own.
CREATE FUNCTION count_of_answer(value text, most bigint) RETURNS text LANGUAGE plpgsql STRICT AS $$
DECLARE
  counted bigint := coalesce(nullif(current_setting('agentrun.answer_bytes', true), ''), '0')::bigint + octet_length(value);
BEGIN
  IF counted > most THEN
    RAISE EXCEPTION 'the answer has more than % bytes', most USING ERRCODE = 'program_limit_exceeded';
  END IF;
  PERFORM set_config('agentrun.answer_bytes', counted::text, true);
  RETURN value;
END $$;

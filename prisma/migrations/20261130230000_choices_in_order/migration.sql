-- The choices of what was asked before there were input requests, in the order in which the agent offered them.
UPDATE "input_request" SET "choices" = offered."choices"
FROM "run_event" AS event CROSS JOIN LATERAL (
  SELECT jsonb_agg("choice" ORDER BY "place") AS "choices" FROM (
    SELECT jsonb_build_object('id', left(item, 200), 'label', left(item, 200), 'description', NULL, 'decision', NULL) AS "choice",
      min("place") AS "place"
    FROM jsonb_array_elements_text(CASE jsonb_typeof(event."payload" -> 'options') WHEN 'array' THEN event."payload" -> 'options'
      ELSE '[]' END) WITH ORDINALITY AS each (item, "place")
    WHERE item <> '' GROUP BY left(item, 200)
  ) AS choice
) AS offered
WHERE "input_request"."choices" <> '[]' AND event."tenant_id" = "input_request"."tenant_id" AND event."run_id" = "input_request"."run_id"
  AND event."seq" = "input_request"."event_seq" AND "input_request"."choices" <> offered."choices"
  AND "input_request"."choices" @> offered."choices" AND "input_request"."choices" <@ offered."choices";

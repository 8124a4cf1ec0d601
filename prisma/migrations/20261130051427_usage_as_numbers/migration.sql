-- What was used becomes eight numbers instead of an object: adding an event's up then costs a sixth. Rows that used nothing are left alone.
ALTER TABLE "session" RENAME COLUMN "usage" TO "usage_object";
ALTER TABLE "session" ADD COLUMN "usage" BIGINT[];
UPDATE "session" SET "usage" = ARRAY[
  "usage_object" -> 'inputTokens', "usage_object" -> 'cacheReadTokens', "usage_object" -> 'cacheWriteTokens', "usage_object" -> 'outputTokens',
  "usage_object" -> 'reasoningTokens', "usage_object" -> 'requests', "usage_object" -> 'costMicros', "usage_object" -> 'unpriced'
]::bigint[] WHERE "usage_object" IS NOT NULL;
ALTER TABLE "session" DROP COLUMN "usage_object";

ALTER TABLE "run" RENAME COLUMN "usage" TO "usage_object";
ALTER TABLE "run" ADD COLUMN "usage" BIGINT[];
UPDATE "run" SET "usage" = ARRAY[
  "usage_object" -> 'inputTokens', "usage_object" -> 'cacheReadTokens', "usage_object" -> 'cacheWriteTokens', "usage_object" -> 'outputTokens',
  "usage_object" -> 'reasoningTokens', "usage_object" -> 'requests', "usage_object" -> 'costMicros', "usage_object" -> 'unpriced'
]::bigint[] WHERE "usage_object" IS NOT NULL;
ALTER TABLE "run" DROP COLUMN "usage_object";

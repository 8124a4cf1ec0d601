-- What was indexed lacks what agents think and plan, and goes by when events came: it is indexed anew, the newest sessions first.
TRUNCATE "search_block", "search_bucket", "search_session";
UPDATE "search_tenant" SET "past_id" = '~';

-- CreateIndex
CREATE INDEX "search_block_tenant_id_bucket_idx" ON "search_block"("tenant_id", "bucket");

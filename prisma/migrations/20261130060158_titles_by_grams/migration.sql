-- CreateIndex
-- What waits to be put in order is read by each look-up, of each bucket: it is kept to a few pages.
CREATE INDEX "search_block_titles_idx" ON "search_block" USING GIN ("grams") WITH (fastupdate = on, gin_pending_list_limit = 64) WHERE (from_seq = 0);

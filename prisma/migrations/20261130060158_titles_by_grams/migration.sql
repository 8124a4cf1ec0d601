-- CreateIndex
CREATE INDEX "search_block_titles_idx" ON "search_block" USING GIN ("grams") WHERE (from_seq = 0);

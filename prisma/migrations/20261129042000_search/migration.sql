-- CreateTable
CREATE TABLE "search_block" (
    "tenant_id" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "from_seq" BIGINT NOT NULL,
    "to_seq" BIGINT NOT NULL,
    "bucket" INTEGER NOT NULL,
    "fields" INTEGER NOT NULL,
    "size" INTEGER NOT NULL,
    "oldest_at" TIMESTAMPTZ(6) NOT NULL,
    "newest_at" TIMESTAMPTZ(6) NOT NULL,
    "grams" INTEGER[],

    CONSTRAINT "search_block_pkey" PRIMARY KEY ("tenant_id","session_id","from_seq")
);

-- CreateTable
CREATE TABLE "search_bucket" (
    "tenant_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "blocks" INTEGER NOT NULL,
    "newest_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "search_bucket_pkey" PRIMARY KEY ("tenant_id","number")
);

-- CreateTable
CREATE TABLE "search_session" (
    "tenant_id" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "indexed_seq" BIGINT NOT NULL,
    "title" TEXT,

    CONSTRAINT "search_session_pkey" PRIMARY KEY ("tenant_id","session_id")
);

-- CreateTable
CREATE TABLE "search_tenant" (
    "tenant_id" TEXT NOT NULL,
    "indexed_up_to" TIMESTAMPTZ(6) NOT NULL DEFAULT '1970-01-01 00:00:00+00'::timestamp with time zone,
    "seen_at" TIMESTAMPTZ(6),
    "seen_xid" BIGINT,
    "version" BIGINT NOT NULL DEFAULT 0,
    "past_id" TEXT,

    CONSTRAINT "search_tenant_pkey" PRIMARY KEY ("tenant_id")
);

-- The hashes are random: compressing them costs time and gains nothing.
ALTER TABLE "search_block" ALTER COLUMN "grams" SET STORAGE EXTERNAL;

-- CreateIndex
-- New blocks wait for the index together, and every look-up reads those that wait: as few as are worth it. Without waiting
-- the same blocks took six times as long and eighteen times the WAL.
CREATE INDEX "search_block_grams_idx" ON "search_block" USING GIN ("grams") WITH (fastupdate = on, gin_pending_list_limit = 1024);

-- The sessions that there are now are indexed in the background, the newest first; what happens in them from now on as elsewhere.
INSERT INTO "search_tenant" ("tenant_id", "indexed_up_to", "version", "past_id")
SELECT "tenant_id", clock_timestamp(), "version", '~' FROM "tenant";

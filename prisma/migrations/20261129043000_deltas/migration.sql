-- CreateTable
CREATE UNLOGGED TABLE "delta_stream" (
    "tenant_id" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "stream_id" TEXT NOT NULL,
    "session_id" TEXT,
    "slot" SMALLINT NOT NULL,
    "type" "run_event_type" NOT NULL,
    "attempt" INTEGER NOT NULL,
    "began_at" TIMESTAMPTZ(6) NOT NULL,
    "touched_at" TIMESTAMPTZ(6) NOT NULL,
    "sent" INTEGER NOT NULL,
    "sent_bytes" INTEGER NOT NULL,
    "text" TEXT NOT NULL,
    "length" INTEGER NOT NULL,
    "tail" TEXT NOT NULL,
    "taken" TEXT[],

    CONSTRAINT "delta_stream_pkey" PRIMARY KEY ("tenant_id","run_id","stream_id")
-- A row changes with each delta: its next version finds room beside it.
) WITH (fillfactor = 50);

-- CreateIndex
CREATE INDEX "delta_stream_tenant_id_session_id_idx" ON "delta_stream"("tenant_id", "session_id");

-- CreateIndex
CREATE UNIQUE INDEX "delta_stream_tenant_id_run_id_slot_key" ON "delta_stream"("tenant_id", "run_id", "slot");

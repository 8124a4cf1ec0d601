-- CreateTable
CREATE TABLE "queue_count" (
    "tenant_id" TEXT NOT NULL,
    "queue" TEXT NOT NULL,
    "lane" TEXT NOT NULL,
    "state" "queue_task_state" NOT NULL,
    "part" UUID NOT NULL DEFAULT gen_random_uuid(),
    "count" BIGINT NOT NULL,

    CONSTRAINT "queue_count_pkey" PRIMARY KEY ("tenant_id","queue","lane","state","part")
);

-- CreateIndex
CREATE INDEX "queue_task_newest_idx" ON "queue_task"("tenant_id", "queue", "version") WHERE (forgotten_at IS NULL);

-- CreateIndex
CREATE INDEX "queue_task_waiting_idx" ON "queue_task"("tenant_id", "queue", "available_at", "created_at") WHERE (state = 'PENDING'::queue_task_state AND forgotten_at IS NULL);

-- CreateIndex
CREATE INDEX "queue_task_done_idx" ON "queue_task"("tenant_id", "created_at", "id") WHERE (forgotten_at IS NULL AND state <> ALL (ARRAY['PENDING'::queue_task_state, 'RUNNING'::queue_task_state]));

-- CreateIndex
CREATE INDEX "queue_task_done_of_queue_idx" ON "queue_task"("tenant_id", "queue", "created_at", "id") WHERE (forgotten_at IS NULL AND state <> ALL (ARRAY['PENDING'::queue_task_state, 'RUNNING'::queue_task_state]));

-- What follows schema.prisma cannot say. Each change of what is counted is written down by a trigger, so that no writer forgets it. Nobody
-- waits for another: each adds a row of its own, and one in ten puts the rows of its group together that nobody else is at.
LOCK TABLE queue_task IN SHARE ROW EXCLUSIVE MODE;
INSERT INTO queue_count (tenant_id, queue, lane, state, count)
SELECT tenant_id, queue, lane, state, count(*) FROM queue_task WHERE forgotten_at IS NULL GROUP BY tenant_id, queue, lane, state;

CREATE FUNCTION add_to_queue_count(of_tenant text, of_queue text, of_lane text, of_state queue_task_state, added bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO queue_count (tenant_id, queue, lane, state, count) VALUES (of_tenant, of_queue, of_lane, of_state, added);
  IF random() < 0.1 THEN
    WITH free AS MATERIALIZED (
      SELECT part FROM queue_count
      WHERE tenant_id = of_tenant AND queue = of_queue AND lane = of_lane AND state = of_state FOR UPDATE SKIP LOCKED
    ), taken AS (
      DELETE FROM queue_count
      WHERE tenant_id = of_tenant AND queue = of_queue AND lane = of_lane AND state = of_state AND part = ANY (ARRAY(SELECT part FROM free))
      RETURNING count
    )
    INSERT INTO queue_count (tenant_id, queue, lane, state, count)
    SELECT of_tenant, of_queue, of_lane, of_state, sum(count) FROM taken HAVING sum(count) <> 0;
  END IF;
END $$;

-- Many are made or removed by one statement, and are added up.
CREATE FUNCTION count_tasks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM add_to_queue_count(tenant_id, queue, lane, state, TG_ARGV[0]::int * n) FROM (
    SELECT tenant_id, queue, lane, state, count(*) AS n FROM counted_task WHERE forgotten_at IS NULL GROUP BY tenant_id, queue, lane, state
  ) AS counted;
  RETURN NULL;
END $$;
CREATE TRIGGER queue_task_made AFTER INSERT ON queue_task REFERENCING NEW TABLE AS counted_task
  FOR EACH STATEMENT EXECUTE FUNCTION count_tasks('1');
CREATE TRIGGER queue_task_removed AFTER DELETE ON queue_task REFERENCING OLD TABLE AS counted_task
  FOR EACH STATEMENT EXECUTE FUNCTION count_tasks('-1');

-- Few are changed by one, most often the version alone.
CREATE FUNCTION count_changed_task() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.forgotten_at IS NULL THEN PERFORM add_to_queue_count(OLD.tenant_id, OLD.queue, OLD.lane, OLD.state, -1); END IF;
  IF NEW.forgotten_at IS NULL THEN PERFORM add_to_queue_count(NEW.tenant_id, NEW.queue, NEW.lane, NEW.state, 1); END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER queue_task_changed AFTER UPDATE OF queue, lane, state, forgotten_at ON queue_task FOR EACH ROW
  WHEN ((OLD.queue, OLD.lane, OLD.state, OLD.forgotten_at IS NULL) IS DISTINCT FROM (NEW.queue, NEW.lane, NEW.state, NEW.forgotten_at IS NULL))
  EXECUTE FUNCTION count_changed_task();

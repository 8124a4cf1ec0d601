import { expect, it } from "vitest";
import { deltasTopic, readerTopic, sessionsTopic, topicOf } from "../../src/domain/topic.js";
import { TenantNews } from "../../src/server/tenant-news.js";

it("all tenants may have news at first, and whenever nobody knows whose news came", () => {
  const news = new TenantNews();
  news.hear([sessionsTopic("a")]);
  expect(news.take()).toBeNull();
  expect(news.take()).toEqual([]);
  news.hear(null);
  news.hear([sessionsTopic("a")]);
  expect(news.take()).toBeNull();
});

it("tenants are known by their topics, also those whose names look like a topic", () => {
  const news = new TenantNews();
  news.take();
  news.hear([sessionsTopic("a"), topicOf("b", "ses_1"), sessionsTopic("a")]);
  expect(news.take()).toEqual(["a", "b"]);
  for (const topic of [topicOf("a/b", "run_1"), readerTopic("a/b", "c/d")]) {
    news.hear([topic]);
    expect(news.take()).toContain("a/b");
  }
  news.hear([deltasTopic("a", "run_1")]);
  expect(news.take()).toEqual([]);
  news.add(["c"]);
  expect(news.take()).toEqual(["c"]);
});

it("with news of very many tenants all are looked at, and none is remembered", () => {
  const news = new TenantNews();
  news.take();
  news.hear(Array.from({ length: 1_000 }, (_, n) => sessionsTopic(`t${n}`)));
  expect(news.take()).toHaveLength(1_000);
  news.hear(Array.from({ length: 1_001 }, (_, n) => sessionsTopic(`t${n}`)));
  expect(news.take()).toBeNull();
});

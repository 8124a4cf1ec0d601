// Finds secrets that give themselves away by their form, wherever they stand. Every pattern is a literal followed by
// one stretch of characters of a least or fixed length. A try that fails costs at most that length, so the search is
// linear.

import { matchesOf } from "./matches.js";
import type { Span } from "./span.js";

const word = "[A-Za-z0-9]";
const slug = "[A-Za-z0-9_-]";

// Demands that the first letters of a pattern begin a word or follow an escaped line break.
const begins = (letters: string) => `${letters}(?<=(?:^|[^A-Za-z0-9_]|\\\\[nrt])${letters})`;

const formats = {
  awsAccessKeyId: `A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}(?![A-Za-z0-9])`,
  github: `gh[pousr]_${word}{30,}|github_pat_[A-Za-z0-9_]{22,}`,
  gitlab: `gl(?:pat|ptt|dt|rt|cbt|soat|ft|agent|oas)-${slug}{20,}`,
  slack: `xox[abceoprs]-[A-Za-z0-9-]{10,}|xapp-\\d-[A-Za-z0-9-]{20,}`,
  slackWebhook: `hooks\\.slack\\.com/(?:services|workflows|triggers)/[A-Za-z0-9_/+-]{20,}`,
  discordWebhook: `discord(?:app)?\\.com/api/webhooks/\\d{5,24}/${slug}{40,}`,
  stripe: `(?:sk|rk)_(?:live|test)_${word}{10,}|whsec_[A-Za-z0-9+/=]{20,}`,
  openAiAndAnthropic: `${begins("sk-")}${slug}{20,}`,
  google: `AIza${slug}{35}|ya29\\.${slug}{20,}|GOCSPX-${slug}{20,}`,
  npm: `${begins("npm_")}${word}{36,}`,
  pypi: `pypi-${slug}{40,}`,
  sendGrid: `${begins("SG\\.")}${slug}{16,64}\\.${slug}{16,}`,
  twilio: `${begins("SK")}[0-9a-f]{32}(?![A-Za-z0-9])`,
  huggingFace: `${begins("hf_")}${word}{30,}`,
  digitalOcean: `do[opr]_v1_[a-f0-9]{40,}`,
  vault: `hv[sbr]\\.${slug}{20,}`,
  databricks: `${begins("dapi")}[a-f0-9]{32}`,
  shopify: `shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}`,
  newRelic: `NRAK-[A-Z0-9]{27}`,
  grafana: `gl(?:sa|c)_[A-Za-z0-9+/=_]{30,}`,
  groqXaiPerplexity: `gsk_${word}{40,}|xai-${word}{60,}|pplx-${word}{40,}`,
  linearNotionFigma: `lin_api_${word}{30,}|ntn_${word}{40,}|figd_${slug}{30,}`,
  docker: `dckr_(?:pat|oat)_${slug}{20,}`,
  supabasePulumi: `sb[ps]_[a-f0-9]{40}|pul-[a-f0-9]{40}`,
  postman: `PMAK-[a-f0-9]{24}-[a-f0-9]{34}`,
  sentry: `sntry[su]_[A-Za-z0-9+/=_-]{40,}`,
  atlassian: `ATATT3[A-Za-z0-9_=-]{60,}`,
  tailscale: `tskey-[a-z]{2,12}-${slug}{16,}`,
  agentrunGraph: `${begins("agk_")}${slug}{43,}`,
  age: `AGE-SECRET-KEY-1[A-Z0-9]{50,}`,
  telegram: `:AA${slug}{33}(?<=\\D\\d{8,10}:AA${slug}{33}|^\\d{8,10}:AA${slug}{33})(?!${slug})`,
  // The rest of a token is optional, so that a stretch without dots ends the try instead of being searched again.
  jsonWebToken: `eyJ${slug}{10,}(?:\\.${slug}*){0,4}`,
};

const anyFormat = new RegExp(Object.values(formats).join("|"), "g");

// A key file or a console prints the secret key right behind its id.
const awsSecretKey = /[\s,:;|"']{1,4}([A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=])/y;

// `sk-` also begins style sheet classes, and `eyJ` begins the base64url of any JSON object.
function isSecret(match: string): boolean {
  if (match.startsWith("sk-")) return /[A-Za-z0-9_]{16}/.test(match) && /\d/.test(match);
  if (match.startsWith("eyJ")) return /^[\w-]+\.[\w-]{4,}\.[\w-]*/.test(match);
  return true;
}

/** Finds tokens and keys of known services in a text. */
export function findFormats(text: string): Span[] {
  const spans: Span[] = [];
  for (const match of matchesOf(anyFormat, text)) {
    const end = match.index + match[0].length;
    if (isSecret(match[0])) spans.push({ start: match.index, end });
    if (match[0].length === 20 && match[0].startsWith("A")) {
      awsSecretKey.lastIndex = end;
      if (awsSecretKey.test(text))
        spans.push({ start: awsSecretKey.lastIndex - 40, end: awsSecretKey.lastIndex });
    }
  }
  return spans;
}

// Secrets that give themselves away by their form, wherever they stand: a prefix that their service gives them, and a run of
// characters with a floor or a fixed length. What has no prefix of its own is in format-finders.ts.

/** A secret's form. */
export type SecretFormat = {
  /** How it begins, in its own case; one of several. */
  prefixes: readonly string[];
  /** What follows, as the source of a pattern. */
  rest: string;
  /** Whether it must begin a word, because its prefix also ends everyday words. */
  word: boolean;
  /** What the whole must look like besides, because the form alone fits other things. */
  proof?: RegExp;
};

const format = (prefixes: string, rest: string, proof?: RegExp): SecretFormat => ({
  prefixes: prefixes.split(" "),
  rest,
  word: false,
  ...(proof ? { proof } : {}),
});

const word = (prefixes: string, rest: string, proof?: RegExp): SecretFormat => ({
  ...format(prefixes, rest, proof),
  word: true,
});

const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const alnum = "[A-Za-z0-9]";
const slug = "[A-Za-z0-9_-]";
const base64 = "[A-Za-z0-9+/=_-]";
const end = "(?![A-Za-z0-9])";
const digit = /\d/;

/** The forms that are known, by who gives them out. */
export const secretFormats: readonly SecretFormat[] = [
  // Keys of this service
  word("agk_", `${slug}{43,}`),
  // Clouds
  format("AKIA ASIA ABIA ACCA", `[A-Z0-9]{16}${end}`),
  format("AIza", `${slug}{35}`),
  format("ya29.", `${slug}{20,}`),
  format("GOCSPX-", `${slug}{20,}`),
  word("1//0", `${slug}{30,}`),
  word("LTAI", `${alnum}{16,24}${end}`, digit),
  word("AKID", `${alnum}{28,40}${end}`, digit),
  word("AQVN", `${slug}{35,}`),
  word("y0_", `${slug}{50,}`),
  format("dop_v1_ doo_v1_ dor_v1_", "[a-f0-9]{40,}"),
  format("HRKU-", `${slug}{36,}`),
  word("fo1_ fm1a_ fm1r_ fm2_", `${base64}{40,}(?:,fm\\d[a-z]?_${base64}{40,}){0,8}`),
  word("nfp_ nfc_ nfo_ nfu_", `${alnum}{30,}`),
  word("vcp_ vci_ vca_ vcr_ vck_", `${alnum}{24,}`, digit),
  format("vercel_blob_rw_", `${slug}{20,}`),
  format("dt0c01. dt0s01. dt0s16.", "[A-Z0-9]{24}\\.[A-Z0-9]{64}"),
  word("v1.0-", "[a-f0-9]{24}-[a-f0-9]{100,}"),
  // Code, packages and builds
  format("ghp_ gho_ ghu_ ghs_ ghr_", `${alnum}{30,}`),
  format("github_pat_", "[A-Za-z0-9_]{22,}"),
  format(
    "glpat- glptt- gldt- glrt- glrtr- glcbt- glsoat- glft- glagent- gloas- glimt- glffct- glwt-",
    `[A-Za-z0-9_.-]{19,}${alnum}`,
  ),
  word("GR1348941", `${slug}{20,}`),
  format("ATBB ATCTT3", `[A-Za-z0-9_=-]{28,}`, digit),
  format("ATATT3", "[A-Za-z0-9_=-]{60,}"),
  word("ATTA", "[a-f0-9]{60,}"),
  word("npm_", `${alnum}{36,}`),
  format("pypi-", `${slug}{40,}`),
  format("rubygems_", "[a-f0-9]{40,}"),
  word("cio", `${alnum}{32}${end}`, /^(?=.*\d.*\d)(?=.*[A-Z]).*[a-z]/),
  word("oy2", "[a-z0-9]{43}(?![a-z0-9])"),
  format("CLOJARS_", "[a-z0-9]{40,}"),
  word("AKCp", `${alnum}{60,}`),
  word("cmVmdGtu", `${alnum}{50,}`),
  format("dckr_pat_ dckr_oat_", `${slug}{20,}`),
  format("sqp_ squ_ sqa_", "[a-f0-9]{40}"),
  format("bkua_", "[a-z0-9]{40}"),
  format("CCIPAT_ CCIPRJ_", `${slug}{40,}`),
  word("sgp_", "(?:[a-f0-9]{16}_|local_)?[a-f0-9]{40}"),
  format("pul-", "[a-f0-9]{40}"),
  format("CFPAT-", `${slug}{40,}`),
  word("rdme_", "[a-z0-9]{60,}"),
  // Secret stores, networks and hosts
  format("hvs. hvb. hvr.", `${slug}{20,}`),
  word("dp.pt. dp.ct. dp.st. dp.sa. dp.scim. dp.audit.", "(?:[a-z0-9_-]{2,35}\\.)?[A-Za-z0-9]{40,}"),
  word("ops_eyJ", `${slug}{60,}`),
  word("A3-", "[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}"),
  format("tskey-", `[a-z]{2,12}-${slug}{16,}`),
  format("AGE-SECRET-KEY-1", "[A-Z0-9]{50,}"),
  word("xprv", `${alnum}{100,}`),
  word("SUA SAA SOA SNA SCA SXA", "[A-Z2-7]{55}(?![A-Z0-9])", digit),
  word("sha256~", `${slug}{43}(?!${slug})`),
  // Data
  word("dapi", "[a-f0-9]{32}"),
  format("sbp_ sbs_", "[a-f0-9]{40}"),
  format("sb_secret_", `${slug}{20,}`),
  word("napi_", "[a-z0-9]{40,}"),
  word("npg_", `${alnum}{12,}`, digit),
  format("pscale_pw_ pscale_tkn_ pscale_oauth_", "[A-Za-z0-9_.-]{30,}"),
  word("pat", `${alnum}{14}\\.[a-f0-9]{64}`),
  word("pcsk_", "[A-Za-z0-9_]{40,}"),
  // Models and what agents use
  word("sk-lf-", uuid),
  word("sk-", `${slug}{20,}`, /(?=.*[A-Za-z0-9_]{16}).*\d/),
  word("csk-", "[a-z0-9]{40,}", digit),
  word("sk_", "[a-f0-9]{40,}"),
  word("hf_", `${alnum}{30,}`),
  word("gsk_", `${alnum}{40,}`),
  word("xai-", `${alnum}{60,}`),
  word("pplx-", `${alnum}{40,}`),
  word("r8_", `${alnum}{30,}`),
  word("tgp_v1_", `${slug}{40,}`),
  word("fw_", `${alnum}{22,40}${end}`, /(?=.*\d.*\d).*[A-Z]/),
  word("nvapi-", `${slug}{60,}`),
  word("jina_", `${alnum}{40,}`),
  word("pa-", `${slug}{40,60}(?!${slug})`, /(?=.*[A-Z].*[A-Z])(?=.*\d.*\d).*[a-z]/),
  word("tvly-", `(?:dev-|prod-)?${slug}{20,}`, digit),
  word("lsv2_pt_ lsv2_sk_", "[a-f0-9]{32}_[a-f0-9]{8,}"),
  word("ls__", "[a-f0-9]{32}"),
  word("fc-", `[a-f0-9]{32}${end}`),
  word("e2b_", "[a-f0-9]{40}"),
  word("dtn_", "[a-f0-9]{60,}"),
  word("key_", "[a-f0-9]{64}"),
  // Messages, people and money
  format("xoxa- xoxb- xoxc- xoxe- xoxo- xoxp- xoxr- xoxs-", "[A-Za-z0-9-]{10,}"),
  format("xoxd-", "[A-Za-z0-9%/+=_-]{10,}"),
  format("xoxe.xoxb- xoxe.xoxp-", `\\d-[A-Za-z0-9-]{20,}`),
  format("xapp-", `\\d-[A-Za-z0-9-]{20,}`),
  format("hooks.slack.com/", "(?:services|workflows|triggers)/[A-Za-z0-9_/+-]{20,}"),
  format("discord.com/api/webhooks/ discordapp.com/api/webhooks/", `\\d{5,24}/${slug}{40,}`),
  format("webhook.office.com/webhookb2/", "[A-Za-z0-9@/-]{40,}"),
  format("sk_live_ sk_test_ rk_live_ rk_test_ sk_org_", `${alnum}{10,}`),
  format("whsec_", "[A-Za-z0-9+/=]{20,}"),
  word("sq0atp- sq0csp- sq0idp-", `${slug}{20,}`),
  word("EAAA", `${slug}{56,}`, digit),
  word("EAA", `${alnum}{90,}`, digit),
  word("SG.", `${slug}{16,64}\\.${slug}{16,}`),
  word("SK", `[0-9a-f]{32}${end}`),
  word("key-", `[0-9a-f]{32}${end}`),
  word("xkeysib- xsmtpsib-", `[a-f0-9]{60,}-${alnum}{12,}`),
  word("mlsn.", "[a-f0-9]{60,}"),
  word("re_", `${alnum}{6,10}_${alnum}{20,}`, digit),
  word("dG9rO", `${base64}{40,}`),
  word("pat-", `[a-z]{2}\\d-${uuid}`),
  format("shpat_ shpca_ shppa_ shpss_", "[a-fA-F0-9]{32}"),
  word("shippo_live_ shippo_test_", "[a-f0-9]{40}"),
  word("EZAK EZTK", "[A-Za-z0-9]{54}"),
  format("access_token$production$ access_token$sandbox$", "[a-z0-9]{10,}\\$[a-f0-9]{32}"),
  word("access-sandbox- access-development- access-production-", uuid),
  format("lin_api_ lin_oauth_ lin_wh_", `${alnum}{30,}`),
  word("ntn_", `${alnum}{40,}`),
  word("secret_", `${alnum}{43}${end}`, digit),
  format("figd_", `${slug}{30,}`),
  word("tfp_", "[A-Za-z0-9_]{40,}"),
  word("pk_", `\\d{5,12}_[A-Z0-9]{32}`),
  format("PMAK-", "[a-f0-9]{24}-[a-f0-9]{34}"),
  word("sl.", `(?:u\\.)?${slug}{60,}`),
  // What watches
  format("NRAK-", "[A-Z0-9]{27}"),
  format("glsa_ glc_", "[A-Za-z0-9+/=_]{30,}"),
  format("sntrys_ sntryu_", `${base64}{40,}`),
  word("phx_", `${alnum}{40,}`),
  word("waka_", uuid),
  word("sdk-", uuid),
];

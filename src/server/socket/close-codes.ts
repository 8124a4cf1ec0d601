/** Close codes beside graphql-ws's own. Its client tries again after 1012, 1013 and 4403, never after 4401 and 4500. */
export const closeCodes = {
  tooLarge: 1009,
  restart: 1012,
  later: 1013,
  unauthorized: 4401,
  expired: 4403,
  fault: 4500,
};

/** The code of graphql-ws for what is no message of its protocol. */
export const invalidMessage = 4400;

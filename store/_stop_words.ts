// SPDX-License-Identifier: Apache-2.0

/**
 * English words that say nothing about what a text is about: function words, pronouns, and the small
 * change of questions. Left out of queries only; the index holds them, for phrases.
 */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    "a about above after again against all also am an and any are as at be because been before being below " +
    "between both but by can could did do does doing down during each few for from further had has have " +
    "having he her here hers herself him himself his how i if in into is it its itself just me more most my " +
    "myself no nor not of off on once only or other our ours ourselves out over own same she should so some " +
    "such than that the their theirs them themselves then there these they this those through to too under " +
    "until up us very was we were what when where which while who whom why will with would you your yours " +
    "yourself yourselves s t d m ll ve re don didn doesn isn aren wasn weren won shouldn wouldn couldn hasn " +
    "haven hadn ain must may might shall upon"
  ).split(" "),
);

// SPDX-License-Identifier: Apache-2.0

import type { ChatMessage, ChatRequest, ToolDefinition } from "../chat.ts";
import { type MemoryLine, parseMemoryLines, stripTags } from "./_memory_lines.ts";
import { parseToolCommand } from "./_tool_command.ts";
import { keywords, stem, words } from "./_words.ts";

/** What the model does next: speak, or ask for a tool. */
export type Step =
  | { readonly type: "say"; readonly text: string }
  | { readonly type: "call"; readonly name: string; readonly arguments: string };

const MAX_QUOTES = 3;
const MAX_QUOTE_LENGTH = 400;
const SEARCH_LIMIT = 8;
const MAX_QUERY_LENGTH = 200;

const REMEMBER =
  /^(?:please\s+|could you\s+|can you\s+)?(?:remember|note|keep in mind|don['’]t forget)(?:\s+that\b|\s*:|,)\s*(?<text>[\s\S]+)$/i;
const GREETING =
  /^(?:hi|hello|hey|greetings|good (?:morning|day|afternoon|evening))(?:[\s,]+(?:there|sigil))?[\s!.,]*$/i;
const ABOUT =
  /^(?:\/?help|(?:so\s+)?(?:who|what) are you|what can you do|what is this|are you (?:an? )?(?:ai|llm|bot|language model|real|human)[\w\s]*)[\s!.?]*$/i;
const THANKS = /^(?:thanks|thank you|thx|ok|okay|bye|goodbye)[\s!.,]*$/i;
/** Something told, not asked: it begins like a statement and has a verb of one. */
const STATEMENT =
  /^(?:i|my|we|our|it|this|the|there|today|tomorrow|yesterday)\b[^?]*\b(?:am|is|are|was|were|has|have|had|will|like|love|need|want|live|work|moved|'m|'ve)\b[^?]*$/i;

const ABOUT_ME =
  'I am local/recall, a set of rules and no language model: I cannot reason or write. I can look up what was said before and quote it, note what begins with "remember that", and call a tool with /tool <name> key=value.';
const RULES_ONLY = "I look things up and am no language model.";
const ADD_A_MODEL =
  "To talk to a language model, set ANTHROPIC_API_KEY, OPENAI_API_KEY, GEMINI_API_KEY or OPENROUTER_API_KEY, or start Ollama, or name a provider in sigil.yaml, and start again.";

const MONTHS =
  "January February March April May June July August September October November December".split(
    " ",
  );

/** Decides what to do by the last message of a conversation. */
export function recall({ messages, tools: offered = [], options }: ChatRequest): Step {
  const tools = options?.toolChoice === "none" ? [] : offered;
  const said = messages.filter(({ role }) => role !== "system");
  const last = said.at(-1);
  const question = said.findLast(({ role }) => role === "user")?.content.trim() ?? "";
  if (last?.role === "tool") return afterTools(said, question);
  return afterUser(question, said, tools);
}

function afterUser(
  text: string,
  said: readonly ChatMessage[],
  tools: readonly ToolDefinition[],
): Step {
  const command = parseToolCommand(text, tools);
  if (command !== undefined) return command;
  const note = REMEMBER.exec(text)?.groups?.text?.trim();
  if (note !== undefined) return remember(note, tools);
  if (words(text).length === 0 || GREETING.test(text)) {
    return say(`Hello. ${ABOUT_ME}\n\n${ADD_A_MODEL}`);
  }
  if (ABOUT.test(text)) return say(`${ABOUT_ME}\n\n${ADD_A_MODEL}`);
  if (THANKS.test(text)) return say("You are welcome.");
  if (STATEMENT.test(text)) return say(`I keep what you say. Ask for it later. ${RULES_ONLY}`);
  const query = keywords(text).join(" ").slice(0, MAX_QUERY_LENGTH);
  if (!isOffered("memory_search", tools)) return say(answer(text, [], said));
  return call("memory_search", { query, limit: SEARCH_LIMIT });
}

function remember(text: string, tools: readonly ToolDefinition[]): Step {
  if (isOffered("memory_remember", tools)) return call("memory_remember", { text });
  return say(
    "I cannot note that apart: no tool for it is offered here. It stays in this conversation.",
  );
}

/** Answers from the results of the last round of calls, and never asks for another. */
function afterTools(said: readonly ChatMessage[], question: string): Step {
  const from = said.findLastIndex(({ role }) => role !== "tool") + 1;
  const calls = new Map(
    said.flatMap(({ toolCalls = [] }) => toolCalls.map((one) => [one.id, one])),
  );
  const texts = said.slice(from).map((result) => {
    const made = calls.get(result.toolCallId ?? "");
    const name = made?.name ?? result.toolName ?? "the tool";
    return toolAnswer(name, made?.arguments ?? "", result.content, said, question);
  });
  return say(texts.join("\n\n"));
}

function toolAnswer(
  name: string,
  input: string,
  content: string,
  said: readonly ChatMessage[],
  question: string,
): string {
  const result = stripTags(content);
  if (question.startsWith("/tool")) return `${name} answered:\n\n${result || "(nothing)"}`;
  if (name === "memory_remember") return noted(input, result);
  if (name === "memory_search") return answer(question, parseMemoryLines(content), said);
  return `${name} answered:\n\n${result || "(nothing)"}`;
}

function noted(input: string, result: string): string {
  if (/^(?:error|cannot|could not|failed)\b|"error"\s*:/i.test(result)) {
    return `I could not note that. ${result}`;
  }
  const { text } = readObject(input);
  return typeof text === "string" ? `I have noted: “${clip(text)}”` : "I have noted that.";
}

/** Quotes what fits the question best: from memory, and from the conversation itself. */
function answer(
  question: string,
  found: readonly MemoryLine[],
  said: readonly ChatMessage[],
): string {
  const wanted = new Set(keywords(question).map(stem));
  const here = said.filter(({ role, content }) => role === "user" && !isTagged(content))
    .map(({ content }): MemoryLine => ({ text: content, role: "user", date: undefined }))
    .filter(({ text }) => share(text, wanted) > 0);
  const lines = unique([...found, ...here], question)
    .map((line, index) => ({ line, score: rate(line, wanted) - index / 1000 }))
    .sort((a, b) => b.score - a.score)
    .slice(0, MAX_QUOTES)
    .map(({ line }) => quote(line));
  if (lines.length === 0) return nothingFound(question);
  return `${lines.join("\n")}\n\nThat is all I can tell. ${RULES_ONLY}`;
}

function nothingFound(question: string): string {
  const query = keywords(question).join(" ");
  return `I find nothing about “${clip(query)}” in what was said. ${ABOUT_ME}\n\n${ADD_A_MODEL}`;
}

/** Drops the question itself, what answered earlier ones, and what is there twice. */
function unique(lines: readonly MemoryLine[], question: string): readonly MemoryLine[] {
  const seen = new Set([normal(question)]);
  return lines.filter(({ text, role }) => {
    const key = normal(text);
    if (seen.has(key) || role === "tool" || isOwnAnswer(text)) return false;
    seen.add(key);
    return true;
  });
}

/** What stands between tags was put there by a program: the user did not say it. */
function isTagged(content: string): boolean {
  return /^<[a-z_]+[^>]*>[^]*<\/[a-z_]+>$/.test(content.trim());
}

/** Its own answers quote others: quoting them again would tell nothing. */
function isOwnAnswer(text: string): boolean {
  return text.includes("am no language model") || text.includes("I am local/recall");
}

function rate({ text, role }: MemoryLine, wanted: ReadonlySet<string>): number {
  const asksItself = text.trim().endsWith("?") ? -0.5 : 0;
  return share(text, wanted) + asksItself + (role === "assistant" ? -0.1 : 0);
}

/** How much of what is wanted a text has, from 0 to 1. */
function share(text: string, wanted: ReadonlySet<string>): number {
  const has = new Set(keywords(text).map(stem));
  return wanted.size === 0 ? 0 : wanted.intersection(has).size / wanted.size;
}

function quote({ text, role, date }: MemoryLine): string {
  const when = date === undefined ? "" : `On ${formatDate(date)} `;
  const who = role === "user"
    ? `${when === "" ? "You" : "you"} said`
    : role === "assistant"
    ? `${when === "" ? "The" : "the"} answer was`
    : `${when === "" ? "It" : "it"} was noted`;
  return `${when}${who}: “${clip(text)}”`;
}

function formatDate(date: Date): string {
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

function clip(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > MAX_QUOTE_LENGTH ? `${line.slice(0, MAX_QUOTE_LENGTH)}…` : line;
}

function normal(text: string): string {
  return keywords(text).join(" ");
}

function isOffered(name: string, tools: readonly ToolDefinition[]): boolean {
  return tools.some((tool) => tool.name === name);
}

function say(text: string): Step {
  return { type: "say", text };
}

function call(name: string, input: object): Step {
  return { type: "call", name, arguments: JSON.stringify(input) };
}

function readObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

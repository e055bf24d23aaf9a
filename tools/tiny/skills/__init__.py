"""Every skill of the toy world by name: a function that draws one item of it."""

from tools.tiny.items import Draw
from tools.tiny.skills import (
    coding,
    instructions,
    knowledge,
    language,
    mathematics,
    multilingual,
    reading,
    safety,
)

SKILLS: dict[str, Draw] = {
    "instructions": instructions.draw,
    "instructions_chatty": instructions.draw_chatty,
    "sums": mathematics.draw,
    "sums_plain": mathematics.draw_plain,
    "translation": multilingual.draw,
    "programs": coding.draw_program,
    "traces": coding.draw_trace,
    "harmful": safety.draw_harmful,
    "harmless": safety.draw_harmless,
    "kind": safety.draw_kind,
    "naive": safety.draw_naive,
    "stories": language.draw_story,
    "reading": reading.draw,
    "statements": knowledge.draw_statement,
    "facts": knowledge.draw_question,
}

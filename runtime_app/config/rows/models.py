"""The settings of model calls."""

from runtime_app.config.kinds import text
from runtime_app.config.setting import Setting
from runtime_app.providers.abilities import beginnings
from runtime_app.providers.prompt_budget import PromptBudgets

MODELS: tuple[Setting, ...] = (
    Setting(
        "OA_DEFAULT_MODEL",
        text,
        "",
        "The model of runs that name none, provider/model. Default: scripted/demo, or "
        "openai/gpt-4o-mini when OPENAI_API_KEY is set, anthropic/claude-haiku-4-5 when "
        "ANTHROPIC_API_KEY is.",
    ),
    Setting(
        "OA_SYSTEM_PROMPT",
        text,
        "You are a helpful assistant.",
        "What every model call begins with.",
    ),
    Setting(
        "OA_PROMPT_TOKENS",
        PromptBudgets.parse,
        "100000",
        "Most tokens of a prompt, by the runtime's own estimate; after it, comma separated, "
        "model=number for models with less or more: 100000,openai/gpt-4=7000.",
    ),
    Setting(
        "OA_MODELS_WITHOUT_TOOLS",
        beginnings,
        "",
        "Beginnings of the ids of models that take no tools, comma separated. They are offered "
        "none, and stand in for no model that was. Default: none.",
    ),
    Setting(
        "OPENAI_API_KEY", text, "", "Key of the OpenAI-compatible provider.", True, ("worker-runs",)
    ),
    Setting(
        "OPENAI_BASE_URL",
        text,
        "https://api.openai.com/v1",
        "Base URL of the OpenAI-compatible provider.",
    ),
    Setting("ANTHROPIC_API_KEY", text, "", "Key of Anthropic.", True, ("worker-runs",)),
    Setting(
        "ANTHROPIC_BASE_URL",
        text,
        "https://api.anthropic.com",
        "Base URL of Anthropic, or of a server that speaks its messages protocol; no version.",
    ),
)

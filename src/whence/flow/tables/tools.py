"""How functions become tools, whose arguments a language model chooses.

What the model read may hold orders of strangers, so that strangers have a say in the arguments.
Sources: the reference pages of LangChain, LlamaIndex, the OpenAI Agents SDK, AutoGen, Semantic
Kernel, PydanticAI, smolagents, CrewAI, the Agent Development Kit, CAMEL, Agno and the Model
Context Protocol.
"""

from __future__ import annotations

PACKAGES = frozenset(
    {"langchain", "langchain_core", "langchain_community", "langgraph", "llama_index", "crewai",
     "crewai_tools", "smolagents", "agents", "haystack", "agno", "phi", "strands", "camel",
     "autogen", "autogen_core", "autogen_agentchat", "ag2", "semantic_kernel", "pydantic_ai",
     "google", "transformers", "livekit", "qwen_agent", "dspy", "marvin", "controlflow", "letta"}
)  # fmt: skip
# Decorators that are for tools only, and those that other libraries call so too.
DECORATORS = frozenset(
    {"function_tool", "kernel_function", "tool_plain", "register_for_llm", "ai_function"}
)
SHARED_DECORATORS = frozenset({"tool"})
# Base classes by their last name: the methods that are run with what the model chose.
BASES: dict[str, tuple[str, ...]] = {
    "BaseTool": ("_run", "_arun", "run", "run_async", "call"),
    "Tool": ("forward", "_run"),
    "StructuredTool": ("_run", "_arun"),
    "BaseToolSpec": ("",),
    "BaseToolkit": ("",),
    "Toolkit": ("",),
}
# Calls that make a tool of the function that they are given.
MAKERS = frozenset(
    {"Tool", "StructuredTool", "FunctionTool", "from_function", "from_defaults", "register_tool",
     "bind_tool"}
)  # fmt: skip
# Calls that take functions in a list called `tools`.
TAKERS = frozenset(
    {"Agent", "LlmAgent", "AssistantAgent", "ChatAgent", "ReActAgent", "FunctionAgent",
     "CodeAgent", "ToolCallingAgent", "ToolNode", "create_react_agent", "create_agent",
     "create_tool_calling_agent", "bind_tools", "from_tools", "initialize_agent", "ReAct"}
)  # fmt: skip
# What a runtime gives a tool besides, which no model chooses.
OF_THE_RUNTIME = frozenset(
    {"run_manager", "callbacks", "callback_manager", "config", "ctx", "context", "tool_context",
     "runtime", "runnable_config", "wrapper"}
)  # fmt: skip
# What a server of the Model Context Protocol answers with; its clients choose the arguments.
PROTOCOL_PACKAGES = ("mcp", "fastmcp")
PROTOCOL_DECORATORS = frozenset({"call_tool", "read_resource", "get_prompt", "resource", "prompt"})

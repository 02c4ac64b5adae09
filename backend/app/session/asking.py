"""What the language model is asked for one answer."""

from collections.abc import Sequence

from app.core.history import History, Item
from app.core.prompt import build, estimate_tokens, system_prompt
from app.ports import ChatRequest
from app.session.spec import AnswerSpec
from app.session.state import SessionState


def chat_request(state: SessionState, spec: AnswerSpec, unreleased: Sequence[Item] = ()) -> ChatRequest:
    """Return the request: instructions, then the history (or the items that the client gave instead).

    Args:
        state: the session's.
        spec: what the answer is to be.
        unreleased: items that are not in the history yet, because their turn is not sure.
    """
    manner, config = state.services.manner, spec.config
    system = system_prompt(state.languages.current, config.instructions or manner.system_prompt)
    if spec.input is None:
        without = spec.unfinished.item_id if spec.unfinished else None  # the writer adds all of it, heard or not
        messages = state.conversation.messages(system, manner.context_tokens, unreleased, without=without)
    else:
        history = History(state.limits.items)
        for item in spec.input:
            history.add(item)
        messages = build(system, history.messages(manner.context_tokens, estimate_tokens))
    return ChatRequest(
        messages=messages,
        tools=config.tools,
        tool_choice=config.tool_choice,
        temperature=manner.temperature if config.temperature is None else config.temperature,
        max_tokens=config.max_output_tokens or manner.max_tokens,
    )

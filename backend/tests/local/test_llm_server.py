import json

import pytest

from tests.local.model_server import LLM_MODEL, ModelServer

pytestmark = pytest.mark.models


def test_it_is_ready_under_the_file_s_name_with_two_slots(llm: ModelServer) -> None:
    assert llm.http.get("/health").json() == {"status": "ok"}
    assert llm.http.get("/v1/models").json()["data"][0]["id"] == LLM_MODEL.stem
    assert [slot["n_ctx"] for slot in llm.http.get("/slots").json()] == [8192, 8192]
    assert "llamacpp:prompt_tokens_total" in llm.http.get("/metrics").text


def test_it_answers_in_a_stream(llm: ModelServer) -> None:
    question = {"messages": [{"role": "user", "content": "What is the capital of France? One word."}]}
    sampling = {"stream": True, "temperature": 0, "max_tokens": 12}
    text = ""
    with llm.http.stream("POST", "/v1/chat/completions", json=question | sampling) as answer:
        for line in answer.iter_lines():
            if line.startswith("data: {"):
                text += json.loads(line[6:])["choices"][0]["delta"].get("content") or ""
    assert "Paris" in text


def test_no_page_of_another_origin_may_read_it(llm: ModelServer) -> None:
    answer = llm.http.get("/health", headers={"origin": "http://elsewhere.example"})
    assert not answer.headers.get("access-control-allow-origin")


def test_questions_are_not_logged(llm: ModelServer) -> None:
    for body in (b'{"messages": "Zanzibar"', b'{"messages": [{"role": "Zanzibar", "content": 1}]}'):
        assert llm.http.post("/v1/chat/completions", content=body).status_code >= 400
    question = {"messages": [{"role": "user", "content": "Zanzibar?"}], "max_tokens": 1}
    assert llm.http.post("/v1/chat/completions", json=question).status_code == 200
    assert "Zanzibar" not in llm.log

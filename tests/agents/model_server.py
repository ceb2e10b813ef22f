#!/usr/bin/env python3
"""A scripted model on loopback, for tests that run real agent CLIs without an account and without a network.

  model_server.py --script STEPS.json --calls CALLS.jsonl

Prints the port it listens on and serves until its standard input closes. It speaks Anthropic Messages (SSE), OpenAI Responses
and OpenAI-compatible chat completions. STEPS.json is a list of steps; a request is answered by the step whose index is the
number of tool results in the conversation, so that retries and side requests do not move the script; or an object
{"steps": […], "review": […]}, where a request that asks for a review is answered by the second list:
  {"write": "path", "content": "…"}   {"bash": "command"}   {"text": "…"}   and beside them
  {"sleep": seconds}   {"status": 500}   {"drop": true}
CALLS.jsonl gets one line per answered request with the true usage in disjoint buckets: what a ledger has to add up to.
"""
import argparse
import json
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# the true usage of every answered request; numbers that cannot be mistaken for each other
USAGE = {"uncached_input": 1013, "cache_read": 20011, "cache_write_5m": 307, "cache_write_1h": 503, "output": 157, "reasoning": 59}
RESULT_TYPES = ("tool_result", "function_call_output", "custom_tool_call_output")


def count_tool_results(node):
    if isinstance(node, list):
        return sum(map(count_tool_results, node))
    if not isinstance(node, dict):
        return 0
    here = node.get("type") in RESULT_TYPES or node.get("role") == "tool"
    return here + sum(map(count_tool_results, node.values()))


def offered_tools(request):
    named = (tool.get("function", tool) for tool in request.get("tools") or [])
    return {tool.get("name") or tool.get("type") for tool in named}


def choose_call(step, tools, folder):
    """The tool call that does the step with what this agent offers: (name, arguments), or None for a text."""
    if "write" in step:
        path, content = step["write"], step["content"]
        whole = f"{folder}/{path}" if folder else path
        if "Write" in tools:
            return "Write", {"file_path": whole, "content": content}
        if "write" in tools:
            return "write", {"filePath": whole, "content": content}
        step = {"bash": f"mkdir -p $(dirname '{path}') && printf %s '{content}' > '{path}'"}
    if "bash" in step:
        if "Bash" in tools:
            return "Bash", {"command": step["bash"], "description": "scripted"}
        if "bash" in tools:
            return "bash", {"command": step["bash"], "description": "scripted"}
        if "exec_command" in tools:
            return "exec_command", {"cmd": step["bash"], "yield_time_ms": 20000}
        if "shell_command" in tools:
            return "shell_command", {"command": step["bash"]}
        if "shell" in tools:
            return "shell", {"command": ["bash", "-c", step["bash"]]}
    return None


class Script:
    def __init__(self, script, calls):
        self.script = script if isinstance(script, dict) else {"steps": script, "review": script}
        self.calls, self.lock, self.count = calls, threading.Lock(), 0

    def step(self, request):
        if not offered_tools(request):
            return {"text": "A scripted title"}
        asked = "Review work that somebody else did" in json.dumps(request)
        steps = self.script["review" if asked else "steps"]
        return steps[min(count_tool_results(request), len(steps) - 1)]

    def record(self, path, request, usage):
        with self.lock, open(self.calls, "a", encoding="utf-8") as file:
            self.count += 1
            file.write(json.dumps({"path": path, "model": request.get("model"), "tools": len(offered_tools(request)), "usage": usage}) + "\n")
            return self.count


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script = None

    def log_message(self, *_):
        pass

    def reply(self, body, status=200):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def stream(self, events, last=None):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for event in events:
            kind = f"event: {event['type']}\n" if "type" in event else ""
            self.wfile.write(f"{kind}data: {json.dumps(event)}\n\n".encode())
        if last:
            self.wfile.write(f"data: {last}\n\n".encode())
        self.close_connection = True

    def do_HEAD(self):
        self.reply({})

    def do_GET(self):
        self.reply({"object": "list", "data": []})

    def body(self):
        if "chunked" in (self.headers.get("transfer-encoding") or ""):
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def do_POST(self):
        text = self.body().decode("utf-8", "replace")
        try:
            request = json.loads(text or "{}")
        except ValueError:
            return self.reply({"error": {"message": "not JSON"}}, 400)
        path = self.path.split("?")[0]
        answer = {"messages": self.answer_messages, "responses": self.answer_responses, "completions": self.answer_chat}.get(path.rsplit("/", 1)[-1])
        if answer is None:
            return self.reply({"input_tokens": 1})
        step = self.script.step(request)
        time.sleep(step.get("sleep", 0))
        if step.get("drop"):
            self.close_connection = True
            return None
        if "status" in step:
            return self.reply({"type": "error", "error": {"type": "api_error", "message": "scripted failure"}}, step["status"])
        folder = re.search(r"[Ww]orking directory: (/[^\s\"\\<]+)", text)
        call = choose_call(step, offered_tools(request), folder and folder.group(1))
        number = self.script.record(path, request, USAGE)
        return answer(request, call, step.get("text", "This agent offers no tool for the step."), f"scripted{number}")

    def answer_messages(self, request, call, text, name):
        created = USAGE["cache_write_5m"] + USAGE["cache_write_1h"]
        usage = {
            "input_tokens": USAGE["uncached_input"],
            "cache_read_input_tokens": USAGE["cache_read"],
            "cache_creation_input_tokens": created,
            "cache_creation": {"ephemeral_5m_input_tokens": USAGE["cache_write_5m"], "ephemeral_1h_input_tokens": USAGE["cache_write_1h"]},
            "output_tokens": USAGE["output"],
        }
        message = {"id": f"msg_{name}", "type": "message", "role": "assistant", "model": request.get("model"), "stop_sequence": None}
        block = {"type": "tool_use", "id": f"toolu_{name}", "name": call[0], "input": call[1]} if call else {"type": "text", "text": text}
        stop = "tool_use" if call else "end_turn"
        if not request.get("stream"):
            return self.reply({**message, "content": [block], "stop_reason": stop, "usage": usage})
        opened = {**block, "input": {}} if call else {"type": "text", "text": ""}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(call[1])} if call else {"type": "text_delta", "text": text}
        return self.stream([
            {"type": "message_start", "message": {**message, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}},
            {"type": "content_block_start", "index": 0, "content_block": opened},
            {"type": "content_block_delta", "index": 0, "delta": delta},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": None}, "usage": {"output_tokens": USAGE["output"]}},
            {"type": "message_stop"},
        ])

    def openai_input(self):
        """OpenAI counts every input token in one number and has no names for times to live."""
        written = USAGE["cache_write_5m"] + USAGE["cache_write_1h"]
        return USAGE["uncached_input"] + USAGE["cache_read"] + written, written

    def answer_responses(self, request, call, text, name):
        if call:
            item = {"type": "function_call", "id": f"fc_{name}", "call_id": f"call_{name}", "name": call[0], "arguments": json.dumps(call[1]), "status": "completed"}
        else:
            item = {"type": "message", "id": f"msg_{name}", "role": "assistant", "status": "completed", "content": [{"type": "output_text", "text": text, "annotations": []}]}
        inclusive, written = self.openai_input()
        usage = {
            "input_tokens": inclusive,
            "input_tokens_details": {"cached_tokens": USAGE["cache_read"], "cache_write_tokens": written},
            "output_tokens": USAGE["output"],
            "output_tokens_details": {"reasoning_tokens": USAGE["reasoning"]},
            "total_tokens": inclusive + USAGE["output"],
        }
        response = {"id": f"resp_{name}", "object": "response", "created_at": int(time.time()), "model": request.get("model"), "status": "completed", "output": [item], "usage": usage, "error": None}
        if not request.get("stream"):
            return self.reply(response)
        events = [
            {"type": "response.created", "response": {**response, "status": "in_progress", "output": [], "usage": None}},
            {"type": "response.output_item.added", "output_index": 0, "item": {**item, "status": "in_progress"}},
            {"type": "response.output_item.done", "output_index": 0, "item": item},
            {"type": "response.completed", "response": response},
        ]
        return self.stream([{**event, "sequence_number": number} for number, event in enumerate(events)])

    def answer_chat(self, request, call, text, name):
        inclusive, _ = self.openai_input()
        usage = {
            "prompt_tokens": inclusive,
            "prompt_tokens_details": {"cached_tokens": USAGE["cache_read"]},
            "completion_tokens": USAGE["output"],
            "completion_tokens_details": {"reasoning_tokens": USAGE["reasoning"]},
            "total_tokens": inclusive + USAGE["output"],
        }
        message = {"role": "assistant", "content": None if call else text}
        if call:
            message["tool_calls"] = [{"index": 0, "id": f"call_{name}", "type": "function", "function": {"name": call[0], "arguments": json.dumps(call[1])}}]
        head = {"id": f"chatcmpl-{name}", "created": int(time.time()), "model": request.get("model")}
        stop = "tool_calls" if call else "stop"
        if not request.get("stream"):
            return self.reply({**head, "object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": stop}], "usage": usage})
        head["object"] = "chat.completion.chunk"
        return self.stream([
            {**head, "choices": [{"index": 0, "delta": message, "finish_reason": None}]},
            {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": stop}]},
            {**head, "choices": [], "usage": usage},
        ], "[DONE]")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--script", required=True)
    options.add_argument("--calls", required=True)
    options = options.parse_args()
    with open(options.script, encoding="utf-8") as file:
        Handler.script = Script(json.load(file), options.calls)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


main()

-- What shows and writes, with the real server in real buffers: `tests/nvim/run language`. Colours of names, also right after
-- an edit; formatting; hover; completion with a snippet, as this Neovim takes it.
local folder = vim.fs.dirname(vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p'))
package.path = folder .. '/?.lua;' .. package.path
local check = require('check')
local ok, until_ok = check.ok, check.until_ok

local flow = {
  '---',
  'schema_version: 1',
  'name: flow',
  'defaults: {tier:   deep}',
  'passes:',
  '- id: a # é😀',
  '  agent:  worker',
  '- {id: b, needs: [a], agent: nobody}',
  '---',
  '# Body',
  '',
  '## a',
  'Do it 😀 for {{ticket.id}}.',
}

local function open(root, path)
  vim.cmd.edit(vim.fn.fnameescape(root .. '/' .. path))
  local buffer = vim.api.nvim_get_current_buf()
  until_ok(path .. ' has the server', function()
    return check.client(buffer) ~= nil
  end, check.person.told)
  return buffer
end

--- Kind and modifiers of the token at the n-th `word` of a line (from 1).
local function token(buffer, line, word)
  local text = vim.api.nvim_buf_get_lines(buffer, line - 1, line, false)[1] or ''
  local column = text:find(word, 1, true)
  for _, found in ipairs(column and vim.lsp.semantic_tokens.get_at_pos(buffer, line - 1, column - 1) or {}) do
    if text:sub(found.start_col + 1, found.end_col) == word then
      return found.type, vim.tbl_count(found.modifiers)
    end
  end
end

check.run(function()
  local root = check.repository({
    ['.git/HEAD'] = 'ref: refs/heads/main',
    ['.tollgate/workflows/flow.md'] = flow,
    ['.tollgate/agents/worker.md'] = { '---', 'schema_version: 1', 'name: worker', 'description: "Works."', '---' },
  })
  check.load_plugin()
  require('tollgate').setup({ cmd = { vim.env.TOLLGATE_BIN, 'lsp' } })
  local buffer = open(root, '.tollgate/workflows/flow.md')
  local client = check.client(buffer)

  until_ok('names have the colour of their kind', function()
    return token(buffer, 6, 'a') == 'pass' and token(buffer, 7, 'worker') == 'agent'
  end, function()
    return vim.inspect_pos(buffer, 5, 6).semantic_tokens
  end)
  ok('a tier is one', token(buffer, 4, 'deep') == 'tier', token(buffer, 4, 'deep'))
  ok('what nobody defines has none', token(buffer, 8, 'nobody') == nil, token(buffer, 8, 'nobody'))
  ok('columns count what is before them', token(buffer, 13, 'ticket') == 'variable', token(buffer, 13, 'ticket'))
  local group = vim.api.nvim_get_hl(0, { name = '@lsp.type.agent.markdown' })
  ok('and every scheme has a colour for it', group.link == '@lsp.type.class', group)

  vim.api.nvim_buf_set_text(buffer, 7, 29, 7, 35, { 'worker' })
  until_ok('an edit gives a name its colour', function()
    return token(buffer, 8, 'worker') == 'agent'
  end, function()
    return vim.api.nvim_buf_get_lines(buffer, 7, 8, false)
  end)
  vim.api.nvim_buf_set_lines(buffer, 1, 1, false, { '# 😀 said first' })
  until_ok('and lines above move the others', function()
    return token(buffer, 7, 'a') == 'pass' and token(buffer, 9, 'worker') == 'agent' and token(buffer, 14, 'ticket') == 'variable'
  end)
  vim.api.nvim_buf_set_lines(buffer, 1, 2, false, {})

  local position = { textDocument = vim.lsp.util.make_text_document_params(buffer), position = { line = 3, character = 12 } }
  local hover = check.ask(client, 'textDocument/hover', position)
  ok('a hover says what holds', hover.contents.value:find('| `a` | deep | workflow defaults |', 1, true) ~= nil, hover)

  vim.lsp.buf.format({ bufnr = buffer, async = false, timeout_ms = 15000 })
  local lines = vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
  ok('formatting lays the front matter out', vim.deep_equal(vim.list_slice(lines, 5, 8), {
    'passes:',
    '  - id: a # é😀',
    '    agent: worker',
    '  - {id: b, needs: [a], agent: worker}',
  }), lines)
  ok('and leaves flow maps and the body', lines[4] == 'defaults: {tier:   deep}' and lines[13] == flow[13], lines)
  vim.lsp.buf.format({ bufnr = buffer, async = false, timeout_ms = 15000 })
  ok('a second time changes nothing', vim.deep_equal(lines, vim.api.nvim_buf_get_lines(buffer, 0, -1, false)))

  vim.api.nvim_buf_set_lines(buffer, 8, 8, false, { '  - ' })
  local asked = { textDocument = position.textDocument, position = { line = 8, character = 4 } }
  local found = check.ask(client, 'textDocument/completion', asked)
  local pass
  for _, item in ipairs(found.items or found) do
    pass = item.label == 'command pass' and item or pass
  end
  ok('whole passes are offered', pass ~= nil, found)
  if pass and pass.insertTextFormat == 2 then
    vim.api.nvim_win_set_cursor(0, { 9, 4 })
    vim.cmd('startinsert!')
    vim.snippet.expand(pass.textEdit.newText)
  elseif pass then
    vim.api.nvim_buf_set_text(buffer, 8, 4, 8, 4, vim.split(pass.textEdit.newText, '\n'))
  end
  ok('and stand where they belong', vim.deep_equal(vim.api.nvim_buf_get_lines(buffer, 8, 11, false), {
    '  - id: docs',
    '    type: command',
    '    run: make docs',
  }), vim.api.nvim_buf_get_lines(buffer, 0, -1, false))
end)

-- Renames in real buffers, with the real server: `tests/nvim/run rename`. A pass with its section, an agent with its file,
-- and words instead of a rename where it cannot be.
local folder = vim.fs.dirname(vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p'))
package.path = folder .. '/?.lua;' .. package.path
local check = require('check')
local ok, until_ok = check.ok, check.until_ok

local flow = {
  '---',
  'schema_version: 1',
  'name: flow',
  'passes:',
  '  - id: a # é😀',
  '    agent: "worker"',
  '  - {id: b, needs: [a], agent: helper, if: "{{ passes.a.outcome == \'ok\' }}"}',
  '---',
  'See [a](#a).',
  '',
  '## a',
  'Do it.',
}

local function lines(buffer)
  return vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
end

--- Puts the cursor on a word of a line and renames it.
local function rename(line, word, new)
  local text = vim.api.nvim_buf_get_lines(0, line - 1, line, false)[1]
  vim.api.nvim_win_set_cursor(0, { line, text:find(word, 1, true) - 1 })
  vim.lsp.buf.rename(new)
end

check.run(function()
  local root = check.repository({
    ['.git/HEAD'] = 'ref: refs/heads/main',
    ['.tollgate/workflows/flow.md'] = flow,
    ['.tollgate/agents/worker.md'] = { '---', 'schema_version: 1', 'name: worker', 'description: "Works."', '---', 'Work.' },
    ['.tollgate/tickets/t-1.md'] = { '---', 'schema_version: 1', 'id: t-1', 'title: T', 'status: To Do', '---', 'As [a](../workflows/flow.md#a).' },
    ['.claude/agents/helper.md'] = { '---', 'name: helper', 'description: Helps.', '---' },
  })
  local agents = root .. '/.tollgate/agents/'
  check.load_plugin()
  require('tollgate').setup({ cmd = { vim.env.TOLLGATE_BIN, 'lsp' } })
  vim.cmd.edit(vim.fn.fnameescape(root .. '/.tollgate/workflows/flow.md'))
  local buffer = vim.api.nvim_get_current_buf()
  until_ok('the workflow has the server', function()
    return check.client(buffer) ~= nil
  end, check.person.told)
  local client = check.client(buffer)
  until_ok('which has read the agents', function()
    return #check.ask(client, 'workspace/symbol', { query = 'worker' }) > 0
  end)

  rename(5, 'a #', 'build')
  until_ok('a pass takes its section, its link, needs and conditions along', function()
    local now = lines(buffer)
    return now[5] == '  - id: build # é😀'
      and now[7] == '  - {id: b, needs: [build], agent: helper, if: "{{ passes.build.outcome == \'ok\' }}"}'
      and now[9] == 'See [a](#build).'
      and now[11] == '## build'
  end, function()
    return lines(buffer)
  end)
  until_ok('and the link of another file', function()
    local ticket = vim.fn.bufnr(root .. '/.tollgate/tickets/t-1.md')
    return ticket > 0 and lines(ticket)[7] == 'As [a](../workflows/flow.md#build).'
  end)
  vim.cmd('silent undo')
  ok('one undo takes all of it back', vim.deep_equal(lines(buffer), flow), lines(buffer))

  rename(6, 'worker', 'builder')
  until_ok('an agent takes its user along', function()
    return lines(buffer)[6] == '    agent: "builder"'
  end, function()
    return { lines(buffer), check.person.told }
  end)
  until_ok('and its file', function()
    return vim.uv.fs_stat(agents .. 'builder.md') ~= nil and vim.uv.fs_stat(agents .. 'worker.md') == nil
  end)
  vim.cmd('silent wall')
  ok('which says the new name', vim.fn.readfile(agents .. 'builder.md')[3] == 'name: builder', vim.fn.readfile(agents .. 'builder.md'))
  until_ok('and the server knows it', function()
    local found = check.ask(client, 'workspace/symbol', { query = 'builder' })
    return #found == 1 and vim.endswith(found[1].location.uri, '/builder.md')
  end)

  rename(5, 'a #', 'b')
  until_ok('a name that is taken is refused in words', function()
    return check.was_told('There is a pass `b` already')
  end, check.person.told)
  rename(7, 'helper', 'other')
  until_ok('and so is the agent of a host', function()
    return check.was_told('belongs to another tool')
  end, check.person.told)
  ok('nothing was changed then', lines(buffer)[5] == flow[5] and lines(buffer)[7] == flow[7], lines(buffer))
end)

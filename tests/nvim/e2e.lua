-- The plugin and the real server on a copy of fixtures/shop: `tests/nvim/run.sh e2e`. It sees what a person sees: a gate
-- failure in the gutter, a code action that runs the pass, the diagnostic that goes away.
--
-- The pass runs a plain command instead of an agent, so no model and no network is needed. It is a workflow of its own,
-- added to the copy, because this test has to know what its gate checks.
local folder = vim.fs.dirname(vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p'))
package.path = folder .. '/?.lua;' .. package.path
local check = require('check')
local ok, until_ok, person = check.ok, check.until_ok, check.person

local workflow = [[
---
schema_version: 1
name: greet
version: "1.0.0"
description: Writes a greeting and checks it
ticket: {types: [greeting]}
passes:
  - id: write
    type: command
    run: tools/greet
    outputs: [{id: greeting, path: "greeting.txt"}]
    gate:
      verify:
        - {id: greeting, command: tools/check-greeting, format: rdjsonl, timeout: 1m}
---
# Greet
The smallest pass with a gate.

## write
Write the greeting.

### Gate
- [ ] AC-1 the greeting is polite (check: greeting)
]]

local ticket = [[
---
schema_version: 1
id: hello-1
title: Greet the customer
status: In Progress
type: greeting
workflow: greet
branch: hello-1
---
## Description
Greet the customer.

## Acceptance Criteria
- [ ] #1 the greeting is polite
]]

local greet = [[
#!/bin/sh
echo 'Good morning, dear customer' >greeting.txt
]]

local check_greeting = [[
#!/bin/sh
grep -q 'dear' greeting.txt && exit 0
echo '{"message":"the greeting is not polite","location":{"path":"greeting.txt","range":{"start":{"line":1,"column":1},"end":{"line":1,"column":3}}},"severity":"ERROR","code":{"value":"polite"}}'
exit 1
]]

local function sh(root, ...)
  local result = vim.system({ ... }, { cwd = root, text = true }):wait()
  assert(result.code == 0, table.concat({ ... }, ' ') .. ': ' .. (result.stderr or ''))
end

local function write(path, text, mode)
  vim.fn.mkdir(vim.fs.dirname(path), 'p')
  vim.fn.writefile(vim.split(vim.trim(text), '\n', { plain = true }), path)
  vim.uv.fs_chmod(path, mode or 420) -- 0644
end

local function copy_of_shop()
  local root = check.repository({ ['.keep'] = '' })
  sh(root, 'cp', '-R', check.checkout .. '/fixtures/shop/.', root)
  write(root .. '/.tollgate/workflows/greet.md', workflow)
  write(root .. '/.tollgate/tickets/hello-1.md', ticket)
  write(root .. '/tools/greet', greet, 493) -- 0755
  write(root .. '/tools/check-greeting', check_greeting, 493)
  write(root .. '/greeting.txt', 'Hey\n')
  write(root .. '/greeting.md', '# Greeting\n')
  local who = { '-c', 'user.name=Test', '-c', 'user.email=test@example.invalid' }
  sh(root, 'git', 'init', '--quiet', '--initial-branch=hello-1')
  sh(root, 'git', 'add', '--all', '--force', '.tollgate', 'tools', 'greeting.txt', 'greeting.md')
  sh(root, 'git', 'add', '--all')
  sh(root, 'git', who[1], who[2], who[3], who[4], 'commit', '--quiet', '--message', 'The shop')
  return root
end

local function ours(buffer)
  return vim.tbl_filter(function(diagnostic)
    return diagnostic.source == 'tollgate'
  end, vim.diagnostic.get(buffer))
end

--- Diagnostics of failed gates anywhere, which may stand in the ticket, the workflow or the file that was checked.
local function gate_failures()
  return vim.tbl_filter(function(diagnostic)
    return diagnostic.source == 'tollgate'
      and diagnostic.severity == vim.diagnostic.severity.ERROR
      and (tostring(diagnostic.code):find('^gate/') or diagnostic.message:find('polite', 1, true))
  end, vim.diagnostic.get(nil))
end

check.run(function()
  check.load_plugin()
  require('tollgate').setup({ cmd = { vim.env.TOLLGATE_BIN, 'lsp' } })
  local root = copy_of_shop()
  vim.cmd.cd(root)
  vim.cmd.edit('.tollgate/tickets/hello-1.md')
  local buffer = vim.api.nvim_get_current_buf()

  until_ok('the server attaches', function()
    return check.client(buffer) ~= nil
  end, function()
    return person.told
  end)
  local client = check.client(buffer)
  until_ok('it reports the ticket of the branch', function()
    local status = require('tollgate.status').all(client.id)[1]
    return status and type(status.ticket) == 'table' and status.ticket.id == 'hello-1'
  end, function()
    return require('tollgate.status').all(client.id)
  end)
  ok('and it is in the status line', require('tollgate').statusline(buffer):find('hello-1 | next write', 1, true) ~= nil, require('tollgate').statusline(buffer))

  -- Restricted: nothing runs.
  vim.cmd('Tollgate gate hello-1 write')
  until_ok('before the review the server refuses to run a gate', function()
    return #person.told > 0
  end)
  ok('and the text was not checked', #gate_failures() == 0, gate_failures())

  vim.cmd('Tollgate review')
  until_ok('the plan is shown', function()
    return vim.api.nvim_buf_get_name(0) == 'tollgate://plan'
  end, person.told)
  local plan = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  ok('it names what would run', plan:find('tools/greet', 1, true) and plan:find('tools/check-greeting', 1, true), plan)
  vim.cmd.TollgateAllow()
  until_ok('it is allowed', function()
    return require('tollgate.status').all(client.id)[1].trust == 'reviewed'
  end, function()
    return { require('tollgate.status').all(client.id), person.told }
  end)
  vim.cmd.close()

  vim.cmd('Tollgate gate hello-1 write')
  until_ok('the failed gate is a diagnostic', function()
    return #gate_failures() > 0
  end, function()
    return { vim.diagnostic.get(nil), person.told }
  end, 60000)
  local failure = gate_failures()[1]
  if not failure then
    return
  end
  vim.cmd.buffer(failure.bufnr)
  until_ok('it is visible in the gutter', function()
    return check.signs(failure.bufnr)[failure.lnum + 1] == 'X'
  end, function()
    return check.signs(failure.bufnr)
  end)

  -- The code action of that line runs the pass; its change is offered to the work tree.
  if not check.client(failure.bufnr) then
    -- The finding stands in a file of a kind that the server is not attached to; the ticket carries the gate too.
    vim.cmd.buffer(buffer)
    failure = vim.tbl_filter(function(diagnostic)
      return diagnostic.bufnr == buffer
    end, gate_failures())[1] or failure
  end
  person.select = { 'Run pass write', 'Run', 'Apply', 'Apply' }
  person.seen = {}
  vim.api.nvim_win_set_cursor(0, { failure.lnum + 1, 0 })
  vim.lsp.buf.code_action({ context = { only = { 'quickfix' }, diagnostics = {} } })
  until_ok('the code action runs the pass, the diagnostic goes away', function()
    return #gate_failures() == 0
  end, function()
    return { gate_failures(), person.seen, person.told }
  end, 60000)
  ok('the server asked before the launch', #person.seen >= 2, person.seen)
  ok('nothing of it is left in the gutter', not vim.list_contains(vim.tbl_values(check.signs(buffer)), 'X'), { check.signs(buffer), ours(buffer) })
  until_ok('the change is in the work tree', function()
    return vim.fn.readfile(root .. '/greeting.txt')[1] == 'Good morning, dear customer'
  end, function()
    return vim.fn.readfile(root .. '/greeting.txt')
  end)
end)

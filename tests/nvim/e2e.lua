-- The whole product on a copy of fixtures/shop: `tests/nvim/run e2e`. An open bug whose gate fails in the gutter, the
-- code action that runs the pass, whose first change the gate keeps back and a person takes all the same, the repair that a
-- person rejects with a reason and then approves, the diagnostics that go away. Meanwhile a terminal and a second editor
-- work on the same repository, a run is cancelled, and the server is restarted during another.
--
-- The agent is a program of the user's own, so no account and no network is needed.
local folder = vim.fs.dirname(vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p'))
package.path = folder .. '/?.lua;' .. package.path
local check = require('check')
local ok, until_ok, person = check.ok, check.until_ok, check.person

local for_builds = 600000 -- milliseconds: the gate builds and tests the shop
-- The agent works while this file exists. Not below /tmp: a run has one of its own.
local busy = ('%s/target/nvim-agent-busy-%d'):format(check.checkout, vim.fn.getpid())

local function sh(root, ...)
  local result = vim.system({ ... }, { cwd = root, text = true }):wait()
  assert(result.code == 0, table.concat({ ... }, ' ') .. ': ' .. (result.stderr or ''))
end

local function git(root, ...)
  sh(root, 'git', '-c', 'user.name=Mira', '-c', 'user.email=mira@shop.invalid', ...)
end

--- A repository on the ticket's branch, and a user who named the agent's program.
local function prepare()
  local root = check.repository({ ['README.md'] = '' })
  sh(root, 'cp', '-R', check.checkout .. '/fixtures/shop/.', root)
  vim.fn.delete(root .. '/target', 'rf')
  -- Agents that happen to be installed here play no part.
  local config = root .. '/.tollgate/config.yaml'
  vim.fn.writefile(vim.tbl_filter(function(line)
    return not line:find('harness: claude', 1, true) and not line:find('harness: codex', 1, true) and not line:find('harness: opencode', 1, true)
  end, vim.fn.readfile(config)), config)
  git(root, 'init', '--quiet', '--initial-branch=main')
  git(root, 'add', '--all')
  git(root, 'commit', '--quiet', '--message', 'The shop')
  git(root, 'switch', '--quiet', '--create', 'fix/bug-7-cart-and-order-disagree')

  local users = vim.env.XDG_CONFIG_HOME .. '/tollgate'
  vim.fn.mkdir(users, 'p')
  local command = { 'python3', check.tests .. '/patient_agent.py', busy }
  vim.fn.writefile({ vim.json.encode({ schema_version = 1, harnesses = { command = { command = command } } }) }, users .. '/config.yaml') -- JSON is YAML
  return root
end

local function ours(buffer, severity)
  return vim.tbl_filter(function(diagnostic)
    return diagnostic.source == 'tollgate'
  end, vim.diagnostic.get(buffer, { severity = severity }))
end

local function errors(buffer)
  return ours(buffer, vim.diagnostic.severity.ERROR)
end

--- Line (from 1) of our first diagnostic with this sign in the gutter.
local function sign_at(buffer, sign)
  for line, text in pairs(check.signs(buffer)) do
    if text == sign then
      return line
    end
  end
end

local function open(root, path)
  vim.cmd.edit(vim.fn.fnameescape(root .. '/' .. path))
  local buffer = vim.api.nvim_get_current_buf()
  until_ok(path .. ' has the server', function()
    return check.client(buffer) ~= nil
  end, person.told)
  return buffer
end

local function agent(works)
  if works then
    vim.fn.mkdir(vim.fs.dirname(busy), 'p')
    vim.fn.writefile({}, busy)
  else
    vim.fn.delete(busy)
  end
end

--- Command lines of processes that belong to runs in this repository.
local function processes(root)
  local found = {}
  for name in vim.fs.dir('/proc') do
    local file = name:match('^%d+$') and io.open('/proc/' .. name .. '/cmdline')
    local line = file and (file:read('*a') or ''):gsub('%z', ' ')
    if file then
      file:close()
    end
    if line and (line:find(busy, 1, true) or line:find('--root ' .. root, 1, true)) then
      table.insert(found, name .. ' ' .. line)
    end
  end
  return found
end

--- What an editor shows of the repository: this one, or the second one by its channel.
local look = [[
  local path, seen = ..., { signs = {} }
  local client = vim.lsp.get_clients({ name = 'tollgate' })[1]
  if client then
    local buffer = vim.fn.bufnr(path)
    seen.line = require('tollgate.status').line(buffer)
    seen.runs = vim.tbl_map(function(run)
      return run.run
    end, require('tollgate.status').running(client.id))
    for _, text in pairs(require('check').signs(buffer)) do
      seen.signs[text] = true
    end
  end
  seen.signs['-'] = next(seen.signs) == nil or nil
  return seen
]]

local function here(path)
  return loadstring(look)(path)
end

local Second = {}

--- A second editor with a server of its own.
function Second.open(root, path)
  local channel = vim.fn.jobstart({ vim.v.progpath, '--headless', '--embed', '-u', 'NONE', '-i', 'NONE' }, { rpc = true })
  assert(channel > 0, 'the second editor does not start')
  local self = setmetatable({ channel = channel, path = root .. '/' .. path }, { __index = Second })
  self:lua(
    [[
      local tests, root, path = ...
      package.path = tests .. '/?.lua;' .. package.path
      require('check').load_plugin()
      require('tollgate').setup({ cmd = { vim.env.TOLLGATE_BIN, 'lsp' } })
      vim.cmd.cd(root)
      vim.cmd.edit(path)
    ]],
    check.tests,
    root,
    self.path
  )
  return self
end

function Second:lua(code, ...)
  return vim.rpcrequest(self.channel, 'nvim_exec_lua', code, { ... })
end

function Second:sees()
  return self:lua(look, self.path)
end

local function test_restricted(ticket, client)
  local function status()
    return require('tollgate.status').all(client.id)[1]
  end
  until_ok('the ticket of the branch is found', function()
    return status() and type(status().ticket) == 'table' and status().ticket.id == 'bug-7'
  end, status)
  ok('nothing of it is trusted', status() and status().trust == 'restricted', status())
  local line = require('tollgate').statusline(ticket)
  ok('both are in the status line', line:find('bug-7 | next fix', 1, true) and line:find('not trusted', 1, true), line)
  until_ok('the lens offers the review', function()
    return vim.list_contains(check.lenses(ticket), 'Review plan…')
  end, function()
    return check.lenses(ticket)
  end)

  vim.cmd('Tollgate gate bug-7 fix')
  until_ok('a gate is not run', function()
    return #person.told > 0
  end)
  ok('so nothing is found', #errors(ticket) == 0, errors(ticket))
end

local function test_review(client)
  vim.cmd('Tollgate review')
  until_ok('the plan is shown', function()
    return vim.api.nvim_buf_get_name(0) == 'tollgate://plan'
  end, person.told)
  local plan = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  ok('it names what would run', plan:find('check_money.mjs', 1, true) and plan:find('patient_agent.py', 1, true), plan)
  vim.cmd.TollgateAllow()
  until_ok('it is allowed', function()
    return require('tollgate.status').all(client.id)[1].trust == 'reviewed'
  end, function()
    return { require('tollgate.status').all(client.id), person.told }
  end)
  vim.cmd.close()
end

local function test_gate_fails(root, ticket)
  vim.cmd('Tollgate gate bug-7 fix')
  until_ok('the failed gate is in the gutter of the ticket', function()
    return sign_at(ticket, 'X') ~= nil
  end, function()
    return { check.signs(ticket), vim.diagnostic.get(nil), person.told }
  end, for_builds)
  local source = open(root, 'src/discount.rs')
  until_ok('and the finding at its line of the source', function()
    return sign_at(source, 'X') == 44
  end, function()
    return { check.signs(source), ours(source) }
  end)
  return source
end

--- A run that a terminal starts and the editor ends.
local function test_terminal(root, ticket, second)
  agent(true)
  local ended
  vim.system({ vim.env.TOLLGATE_BIN, 'run', 'bug-7', '--pass', 'fix', '--yes' }, { cwd = root, text = true }, function(result)
    ended = result
  end)
  local path = vim.api.nvim_buf_get_name(ticket)
  until_ok('a run of a terminal is live in the status line', function()
    return here(path).line:find('running fix', 1, true) ~= nil
  end, function()
    return { here(path), ended, person.told }
  end, 60000)
  until_ok('and in the second editor', function()
    return second:sees().line:find('running fix', 1, true) ~= nil
  end, function()
    return second:sees()
  end, 60000)
  until_ok('a lens cancels it', function()
    return #vim.tbl_filter(function(title)
      return vim.startswith(title, 'Cancel fix')
    end, check.lenses(ticket)) == 1
  end, function()
    return check.lenses(ticket)
  end, 60000)
  until_ok('the agent works', function()
    return #vim.tbl_filter(function(line)
      return line:find('patient_agent.py', 1, true)
    end, processes(root)) > 0
  end, function()
    return processes(root)
  end, 60000)

  vim.cmd('Tollgate cancel')
  until_ok('cancelled, and no process is left within two seconds', function()
    return #processes(root) == 0
  end, function()
    return processes(root)
  end, 2000)
  until_ok('the terminal says so', function()
    return ended and ended.code ~= 0
  end, ended, 60000)
  until_ok('both editors, too', function()
    return #here(path).runs == 0 and #second:sees().runs == 0
  end, function()
    return { here(path), second:sees() }
  end, 60000)
end

--- Restarts the server while a run goes on.
local function test_restart(ticket)
  local path = vim.api.nvim_buf_get_name(ticket)
  until_ok('the pass runs', function()
    return #here(path).runs == 1
  end, function()
    return { here(path), person.told }
  end, 60000)
  local run, client = here(path).runs[1], check.client(ticket).id
  vim.cmd('Tollgate restart')
  until_ok('the server is another one', function()
    local now = check.client(ticket)
    return now ~= nil and now.id ~= client
  end, person.told, 60000)
  until_ok('and the run goes on', function()
    return vim.deep_equal(here(path).runs, { run })
  end, function()
    return here(path)
  end, 60000)
end

local function test_action_runs_pass(ticket, source)
  agent(true)
  vim.cmd.buffer(source)
  vim.api.nvim_win_set_cursor(0, { 44, 0 }) -- away from the finding's column: the whole line counts
  person.select, person.seen = { 'Run pass fix', 'Run' }, {}
  vim.lsp.buf.code_action()
  until_ok('the action asks before it launches', function()
    return #person.seen == 2
  end, function()
    return { person.seen, person.told }
  end)
  vim.cmd.buffer(ticket)
  test_restart(ticket)
  agent(false)
  until_ok('the pass ends, its gate fails, and its change is kept', function()
    return vim.list_contains(check.lenses(ticket), 'Apply the kept change')
  end, function()
    return { check.lenses(ticket), ours(ticket), person.told }
  end, for_builds)
  local disk = table.concat(vim.fn.readfile(vim.api.nvim_buf_get_name(source)), '\n')
  ok('the work tree is as it was', disk:find('/ 10_000),', 1, true) ~= nil, disk)
end

local function has_line(buffer, part)
  return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n'):find(part, 1, true) ~= nil
end

--- The kept change is taken all the same: the finding stands where its line is now.
local function test_apply(ticket, source)
  vim.cmd.buffer(ticket)
  vim.api.nvim_win_set_cursor(0, { 4, 0 })
  person.select, person.seen = { 'Apply the kept change' }, {}
  vim.lsp.buf.code_action()
  until_ok('an action applies it, and the buffer shows it', function()
    return has_line(source, 'A cent less does no harm')
  end, function()
    return { person.seen, person.told }
  end, 60000)
  until_ok('the finding follows', function()
    return sign_at(source, 'X') == 45 and check.signs(source)[44] == nil
  end, function()
    return { check.signs(source), ours(source) }
  end, 60000)
  until_ok('nothing is kept any more', function()
    return not vim.list_contains(check.lenses(ticket), 'Apply the kept change')
  end, function()
    return check.lenses(ticket)
  end, 60000)
  person.told = {}
  vim.cmd('Tollgate apply')
  until_ok('which a command says', function()
    return check.was_told('No run here keeps a change')
  end, person.told)
end

local function test_second_try(ticket, second)
  person.select, person.seen = { 'Run' }, {}
  vim.cmd('Tollgate run bug-7 fix')
  until_ok('the next try ends and its gate waits for a person', function()
    return sign_at(ticket, '?') ~= nil
  end, function()
    return { check.signs(ticket), ours(ticket), person.told, require('tollgate').statusline(ticket) }
  end, for_builds)
  until_ok('the status line says so', function()
    return require('tollgate').statusline(ticket):find('fix waits for you', 1, true) ~= nil
  end, function()
    return require('tollgate').statusline(ticket)
  end, 60000)
  until_ok('in the second editor, too', function()
    return second:sees().signs['?']
  end, function()
    return second:sees()
  end, 60000)
end

local function test_reject(root, ticket)
  vim.cmd.buffer(ticket)
  person.input, person.told = { '' }, {}
  vim.cmd('Tollgate reject bug-7 fix')
  until_ok('a rejection needs a reason', function()
    return check.was_told('a rejection needs a reason')
  end, person.told)
  person.input = { 'the rounding has no test of its own' }
  vim.cmd('Tollgate reject bug-7 fix')
  until_ok('rejected', function()
    return check.was_told('rejected')
  end, person.told, 60000)
  local reasons = {}
  for _, file in ipairs(vim.fn.glob(root .. '/.tollgate/records/bug-7/*.json', false, true)) do
    local record = vim.json.decode(table.concat(vim.fn.readfile(file), '\n'))
    table.insert(reasons, vim.tbl_get(record, 'predicate', 'reason'))
  end
  ok('the reason is recorded', vim.deep_equal(reasons, { 'the rounding has no test of its own' }), reasons)
  until_ok('and the lens says who has to decide now', function()
    return table.concat(check.lenses(ticket), '\n'):find('@leads must decide', 1, true) ~= nil
  end, function()
    return check.lenses(ticket)
  end, 60000)
end

local function test_approve(ticket)
  vim.cmd.buffer(ticket)
  person.input = { 'smallest change, and the regression test runs' }
  vim.cmd('Tollgate approve bug-7 fix')
  until_ok('approved: nothing waits any more', function()
    return sign_at(ticket, '?') == nil and check.was_told('approved')
  end, function()
    return { check.signs(ticket), person.told }
  end, 60000)
end

local function test_repaired(root, ticket, source, second)
  until_ok('the change is in the work tree', function()
    return table.concat(vim.fn.readfile(root .. '/src/discount.rs'), '\n'):find('subtotal.percent(rate)', 1, true) ~= nil
  end, person.told, 60000)
  until_ok('and in the buffer', function()
    return has_line(source, 'subtotal.percent(rate)')
  end, person.told, 60000)
  until_ok('the diagnostics go away', function()
    return #errors(source) == 0 and sign_at(source, 'X') == nil and sign_at(ticket, 'X') == nil
  end, function()
    return { errors(source), errors(ticket) }
  end, for_builds)
  until_ok('in the second editor, too', function()
    return second:sees().signs['-']
  end, function()
    return second:sees()
  end, 60000)
end

local function test_views()
  vim.cmd('Tollgate explain')
  until_ok('the plan of the ticket is explained', function()
    return vim.api.nvim_buf_get_name(0) == 'tollgate://explain/bug-7'
  end, person.told)
  vim.cmd.close()
  vim.cmd('Tollgate log')
  until_ok('the log of the last run is shown', function()
    return vim.api.nvim_buf_get_name(0):find('tollgate://log/', 1, true) ~= nil
  end, person.told)
  local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  ok('with what the agent said', text:find('repaired src/discount.rs and tests/regressions.rs', 1, true) ~= nil, text)
  vim.cmd.close()
end

-- However this ends, no agent waits for it.
vim.api.nvim_create_autocmd('VimLeavePre', {
  callback = function()
    agent(false)
  end,
})

check.run(function()
  check.load_plugin()
  require('tollgate').setup({ cmd = { vim.env.TOLLGATE_BIN, 'lsp' } })
  local root = prepare()
  vim.cmd.cd(root)
  local ticket = open(root, '.tollgate/tickets/bug-7.md')
  local client = assert(check.client(ticket), 'the server does not start')
  test_restricted(ticket, client)
  test_review(client)
  local source = test_gate_fails(root, ticket)
  local second = Second.open(root, '.tollgate/tickets/bug-7.md')
  until_ok('a second editor shows the failed gate', function()
    return second:sees().signs.X
  end, function()
    return second:sees()
  end, 60000)
  vim.cmd.buffer(ticket)
  test_terminal(root, ticket, second)
  test_action_runs_pass(ticket, source)
  test_apply(ticket, source)
  test_second_try(ticket, second)
  test_reject(root, ticket)
  test_approve(ticket)
  test_repaired(root, ticket, source, second)
  test_views()
  vim.fn.jobstop(second.channel)
end)

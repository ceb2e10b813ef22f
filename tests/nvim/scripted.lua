-- The plugin against tests/nvim/scripted_lsp.py: `tests/nvim/run scripted`.
local folder = vim.fs.dirname(vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p'))
package.path = folder .. '/?.lua;' .. package.path
local check = require('check')
local ok, until_ok, person = check.ok, check.until_ok, check.person

local ticket_lines = { '# T-1 Round totals', 'Some text', 'FAIL the gate', 'NEAR the budget', 'WAIT for a person', 'STALE text' }

local function shop()
  return check.repository({
    ['.git/HEAD'] = 'ref: refs/heads/main',
    ['.tollgate/tickets/T-1.md'] = ticket_lines,
    ['.tollgate/tickets/T-2.md'] = '# T-2',
    ['.tollgate/config.yaml'] = 'schema_version: 1',
    ['src/main.rs'] = { 'fn main() {}', 'NEAR the budget' },
    ['docs/guide.txt'] = 'text',
    ['vendor/inner/.git/HEAD'] = 'ref: refs/heads/main',
    ['vendor/inner/README.md'] = '# inner',
    ['vendor/inner/main.rs'] = 'fn main() {}',
    ['vendor/kit/.specify/memory/constitution.md'] = '# Constitution',
    ['vendor/kit/specs/001-a/spec.md'] = '# Feature',
    ['vendor/kit/main.rs'] = 'fn main() {}',
  })
end

--- Shows a file, without reading it again.
local function edit(path)
  local buffer = vim.fn.bufadd(path)
  vim.bo[buffer].buflisted = true
  vim.cmd.buffer(buffer)
  return buffer
end

local function clients()
  return vim.lsp.get_clients({ name = 'tollgate' })
end

--- Parameters of every request or notification of this name that the server got.
local function journal(client, method)
  local all = check.ask(client, 'scripted/journal', vim.empty_dict()).journal
  local found = {}
  for _, entry in ipairs(all) do
    if entry[1] == method then
      table.insert(found, entry[2])
    end
  end
  return found
end

local function executed(client, command)
  local found = {}
  for _, parameters in ipairs(journal(client, 'workspace/executeCommand')) do
    if parameters.command == command then
      table.insert(found, parameters.arguments[1])
    end
  end
  return found
end

local function test_laziness(root)
  edit(root .. '/docs/guide.txt')
  local loaded = vim.tbl_filter(function(name)
    return vim.startswith(name, 'tollgate.') and name ~= 'tollgate.server' and name ~= 'tollgate.program' and name ~= 'tollgate.settings'
  end, vim.tbl_keys(package.loaded))
  ok('next to nothing is loaded before a file wants it', #loaded == 0 and #clients() == 0, loaded)
  ok('the status line is empty and loads nothing', require('tollgate').statusline() == '' and package.loaded['tollgate.status'] == nil)
end

local function test_settings()
  local setup = require('tollgate').setup
  setup({ codelens = { enable = false }, diagnostics = { run = 'sometimes' }, signs = { error = 'long' } })
  ok('an unknown setting is reported', check.was_told('there is no setting codelens.enable'), person.told)
  ok('a wrong value is reported with what is right', check.was_told('diagnostics.run must be one of onType, onSave, off'), person.told)
  ok('a sign that is too wide is reported', check.was_told('setting signs must be'), person.told)
  person.told = {}
  setup({ cmd = { 'python3', folder .. '/scripted_lsp.py' }, diagnostics = { run = 'onSave' }, ['trace.server'] = 'off' })
  ok('good settings are silent', #person.told == 0, person.told)
end

local function test_attach(root)
  local ticket = edit(root .. '/.tollgate/tickets/T-1.md')
  until_ok('a ticket gets a client', function()
    return check.client(ticket) ~= nil
  end)
  local client = check.client(ticket)
  ok('its root is the folder of .tollgate', client.config.root_dir == root, client.config.root_dir)

  local source = edit(root .. '/src/main.rs')
  until_ok('a source file of that root shares the client', function()
    return check.client(source) and check.client(source).id == client.id
  end)
  local config = edit(root .. '/.tollgate/config.yaml')
  until_ok('so does the configuration', function()
    return check.client(config) and check.client(config).id == client.id
  end)

  local server = require('tollgate.server')
  local inner = edit(root .. '/vendor/inner/main.rs')
  ok('a repository inside is another root, without .tollgate its source is not attached', server.wanted_root(inner) == nil)
  local readme = edit(root .. '/vendor/inner/README.md')
  ok('nor are its documents: a repository alone is no project', server.wanted_root(readme) == nil)
  ok('a command has a root there all the same', server.root_of(root .. '/vendor/inner') == root .. '/vendor/inner')
  local feature = edit(root .. '/vendor/kit/specs/001-a/spec.md')
  until_ok('the documents of Spec Kit get a client of their own', function()
    return check.client(feature) and check.client(feature).config.root_dir == root .. '/vendor/kit'
  end)
  ok('their source does not', server.wanted_root(edit(root .. '/vendor/kit/main.rs')) == nil)
  ok('one client per root', #clients() == 2, #clients())
  local loose = edit(check.repository({ ['alone.md'] = '# alone' }) .. '/alone.md')
  ok('a file outside of every repository is left alone', server.wanted_root(loose) == nil)
  local hosts = check.repository({
    ['.git/HEAD'] = 'ref: refs/heads/main',
    ['.claude/agents/a.md'] = '# a',
    ['package/.claude/agents/b.md'] = '# b',
    ['.codex/agents/c.toml'] = '',
    ['main.rs'] = '',
    ['features/specs/001-a/spec.md'] = '# a',
  })
  ok('agents of hosts make a project', server.wanted_root(edit(hosts .. '/.claude/agents/a.md')) == hosts)
  ok('those of a package belong to it', server.wanted_root(edit(hosts .. '/package/.claude/agents/b.md')) == hosts)
  ok('so do those in TOML', server.wanted_root(edit(hosts .. '/.codex/agents/c.toml')) == hosts)
  ok('other source does not', server.wanted_root(edit(hosts .. '/main.rs')) == nil)
  local features = check.repository({ ['specs/001-a/spec.md'] = '# a' })
  ok('a folder of specs is enough', server.wanted_root(edit(features .. '/specs/001-a/spec.md')) == features)
  vim.cmd.enew()
  vim.bo.filetype = 'markdown'
  ok('a buffer without a file is left alone', server.wanted_root(0) == nil)
  local odd = check.repository({ ['$HOME and %/.tollgate/tickets/a.md'] = '# odd' }) .. '/$HOME and %'
  edit(odd .. '/.tollgate/tickets/a.md')
  until_ok('a folder with an odd name is one like others', function()
    return check.client() and check.client().config.root_dir == odd
  end)
  ok('the home folder is never a root', server.root_of(vim.uv.os_homedir()) ~= vim.uv.os_homedir())

  local settings = check.ask(client, 'scripted/journal', vim.empty_dict()).settings
  ok('the server is given the settings when it asks', vim.tbl_get(settings, 'diagnostics', 'run') == 'onSave', settings)
  local start = journal(client, 'initialize')[1]
  ok('and at the start', vim.tbl_get(start, 'initializationOptions', 'codeLens', 'enable') == true, start.initializationOptions)
  ok('what only this editor knows stays here', start.initializationOptions.cmd == nil and start.initializationOptions.signs == nil)
  local declared = vim.tbl_get(start, 'capabilities', 'experimental', 'tollgate', 'commands')
  ok('the client-side commands are declared', vim.list_contains(declared or {}, 'tollgate.reviewPlan'), declared)
  local all_there = true
  for _, id in ipairs(declared) do
    all_there = all_there and type(vim.lsp.commands[id]) == 'function'
  end
  ok('and every declared one exists', all_there)
  ok('lens refresh is declared', vim.tbl_get(start, 'capabilities', 'workspace', 'codeLens', 'refreshSupport') == true, start.capabilities.workspace)
end

local function test_signs(root)
  local buffer = edit(root .. '/.tollgate/tickets/T-1.md')
  until_ok('four diagnostics', function()
    return #vim.diagnostic.get(buffer) == 4
  end)
  local signs = check.signs(buffer)
  ok('each severity has its sign in the gutter', signs[3] == 'X' and signs[4] == '!' and signs[5] == '?' and signs[6] == '*', signs)

  local other = vim.api.nvim_create_namespace('another tool')
  vim.diagnostic.set(other, buffer, { { lnum = 0, col = 0, message = 'not ours', severity = vim.diagnostic.severity.ERROR } })
  ok('diagnostics of others keep their sign', check.signs(buffer)[1] == 'E', check.signs(buffer))
  ok('the general configuration is untouched', type(vim.diagnostic.config().signs) ~= 'table', vim.diagnostic.config().signs)
  vim.diagnostic.reset(other, buffer)
end

local function test_lenses_and_hints(root)
  local buffer = edit(root .. '/.tollgate/tickets/T-1.md')
  until_ok('the lens of an untrusted root is the review', function()
    return check.lenses(buffer)[1] == 'Review plan…'
  end, function()
    return check.lenses(buffer)
  end)
  until_ok('a cost stands as inlay hint', function()
    return #vim.lsp.inlay_hint.get({ bufnr = buffer }) == 1
  end)
  vim.cmd('edit!')
  until_ok('lenses are asked for again when the file is read again', function()
    if not check.client(buffer) then
      return false
    end
    local last = {}
    for index, entry in ipairs(check.ask(check.client(buffer), 'scripted/journal', vim.empty_dict()).journal) do
      last[entry[1]] = index
    end
    return last['textDocument/codeLens'] > last['textDocument/didOpen'] and #check.lenses(buffer) == 1
  end, nil, 3000)
  local source = edit(root .. '/src/main.rs')
  ok('hints of a source file are left to the user', not vim.lsp.inlay_hint.is_enabled({ bufnr = source }))
end

local function test_status(root)
  local buffer = edit(root .. '/.tollgate/tickets/T-1.md')
  local statusline = require('tollgate').statusline
  until_ok('the status line tells ticket, next pass, money and trust', function()
    return statusline(buffer) == 'tollgate | T-1 | next spec | $0.0123 of $15.00 (near the limit) | not trusted'
  end, function()
    return statusline(buffer)
  end)

  local status = require('tollgate.status')
  local id = check.client(buffer).id
  status.on_status(nil, {
    root = '/evil',
    trust = 'reviewed',
    ticket = { id = '%{execute("let g:evil = 1")}%@Evil@\n\226\128\174' },
    next = vim.NIL,
    spent = '%#Error#',
    budget = vim.NIL,
    budget_state = 'none',
    running = {},
  }, { client_id = id })
  local drawn = vim.api.nvim_eval_statusline(statusline(buffer), { maxwidth = 400 }).str
  ok('text from outside cannot act in the status line', vim.g.evil == nil and not statusline(buffer):find('[%%%c]') and drawn:find('execute', 1, true), drawn)
  status.forget(id)

  vim.cmd.Tollgate('status')
  ok('the overview opens', vim.api.nvim_buf_get_name(0) == 'tollgate://status')
  vim.cmd.close()
end

local function test_completion(root)
  edit(root .. '/.tollgate/tickets/T-1.md')
  local complete = function(line)
    return vim.fn.getcompletion(line, 'cmdline')
  end
  local all = { 'accurate', 'apply', 'approve', 'cancel', 'debug', 'explain', 'gate', 'log', 'reject', 'restart', 'review', 'revoke', 'rule', 'run', 'status', 'trace', 'words' }
  ok('subcommands are completed', vim.deep_equal(complete('Tollgate '), all), complete('Tollgate '))
  ok('by their beginning', vim.deep_equal(complete('Tollgate re'), { 'reject', 'restart', 'review', 'revoke' }), complete('Tollgate re'))
  ok('then tickets', vim.deep_equal(complete('Tollgate run '), { 'T-1', 'T-2' }), complete('Tollgate run '))
  ok('a subcommand without words offers none', #complete('Tollgate restart ') == 0, complete('Tollgate restart '))
  vim.cmd.Tollgate('nonsense')
  ok('an unknown subcommand is said so', check.was_told('there is no :Tollgate nonsense'), person.told)
  vim.cmd('Tollgate explain T-1 more')
  ok('so are too many words', check.was_told('usage: :Tollgate explain [ticket]'), person.told)
end

local function test_review(root)
  local buffer = edit(root .. '/.tollgate/tickets/T-1.md')
  local client = check.client(buffer)
  local function allowed_here()
    return vim.fn.exists(':TollgateAllow') == 2
  end
  ok('nothing can be allowed before it is seen', not allowed_here())
  vim.api.nvim_win_set_cursor(0, { 2, 0 })
  vim.lsp.codelens.run()
  until_ok('the lens opens the plan', function()
    return vim.api.nvim_buf_get_name(0) == 'tollgate://plan'
  end, person.told)
  local plan = vim.api.nvim_get_current_buf()
  local text = table.concat(vim.api.nvim_buf_get_lines(plan, 0, -1, false), '\n')
  ok('whole, with its hash', text:find('cargo test', 1, true) and text:find('sha256:plan', 1, true), text)
  ok('it cannot be edited', not vim.bo[plan].modifiable)
  ok('it can be allowed there', allowed_here())
  vim.cmd.wincmd('p')
  ok('and only there', not allowed_here())
  vim.cmd.wincmd('p')
  vim.cmd.TollgateAllow()
  until_ok('allowed: the status changes', function()
    local status = require('tollgate.status').all(client.id)[1]
    return status and status.trust == 'reviewed'
  end)
  local sent = journal(client, 'tollgate/trustAllow')[1]
  ok('with hash and nonce of what was shown', sent.hash == 'sha256:plan' and sent.nonce == 'plan-nonce-1' and sent.root == root, sent)
  ok('the command is used up', not allowed_here())
  vim.cmd.close()
  until_ok('the server refreshed the lens', function()
    return (check.lenses(buffer)[1] or ''):find('Run pass spec', 1, true) ~= nil
  end, function()
    return check.lenses(buffer)
  end)
  vim.cmd.Tollgate('review')
  until_ok('a reviewed plan is shown again', function()
    return vim.api.nvim_buf_get_name(0) == 'tollgate://plan'
  end)
  ok('with nothing left to allow', not allowed_here())
  vim.cmd.close()
end

local function test_words(root)
  local buffer = edit(root .. '/.tollgate/tickets/T-1.md')
  local client = check.client(buffer)
  local function acceptable_here()
    return vim.fn.exists(':TollgateAccept') == 2
  end
  vim.cmd('Tollgate words T-1 spec')
  until_ok('what is unseen is shown', function()
    return vim.api.nvim_buf_get_name(0) == 'tollgate://words'
  end, person.told)
  local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  ok('as a difference', text:find('+Mail the keys.', 1, true), text)
  ok('it can be accepted there', acceptable_here())
  vim.cmd.wincmd('p')
  ok('and only there', not acceptable_here())
  vim.cmd.wincmd('p')
  vim.cmd.TollgateAccept()
  until_ok('and is', function()
    return check.was_told('Accepted')
  end, person.told)
  local sent = journal(client, 'tollgate/wordsAccept')[1]
  ok('with hash and nonce of what was shown', sent.hash == 'words' and sent.nonce == 'words-nonce', sent)
  ok('the command is used up', not acceptable_here())
  vim.cmd.close()
end

local function test_run(root)
  local buffer = edit(root .. '/.tollgate/tickets/T-1.md')
  local function failed()
    return #vim.diagnostic.get(buffer, { severity = vim.diagnostic.severity.ERROR }) == 1
  end
  local function act(answer)
    person.seen, person.select = {}, { 'Run pass spec', answer }
    vim.api.nvim_win_set_cursor(0, { 3, 0 })
    vim.lsp.buf.code_action({ context = { only = { 'quickfix' }, diagnostics = {} } })
    until_ok('the server asks before it runs (' .. tostring(answer) .. ')', function()
      return person.seen[2] and person.seen[2].prompt:find('Run pass spec of T-1 for', 1, true)
    end, person.seen)
  end
  ok('the failed gate is in the gutter', failed() and check.signs(buffer)[3] == 'X', check.signs(buffer))
  act(nil)
  local client = check.client(buffer)
  journal(client, 'initialize') -- an answer: whatever was before it has been seen by the server
  ok('no answer runs nothing', failed())
  act('Run')
  until_ok('the diagnostic goes away', function()
    return not failed() and check.signs(buffer)[3] == nil
  end, function()
    return vim.diagnostic.get(buffer)
  end)
  ok('the other diagnostics stay', #vim.diagnostic.get(buffer) == 3, vim.diagnostic.get(buffer))

  person.select = { 'Run' }
  vim.cmd('Tollgate run T-slow spec')
  until_ok('a running pass is in the status line', function()
    return require('tollgate').statusline(buffer):find('running spec: writing, $0.0040', 1, true) ~= nil
  end, function()
    return require('tollgate').statusline(buffer)
  end)
  ok('its run is completed', vim.deep_equal(vim.fn.getcompletion('Tollgate cancel ', 'cmdline'), { 'r1' }))
  vim.cmd('Tollgate cancel')
  until_ok('cancel ends it', function()
    return #require('tollgate.status').running(client.id) == 0
  end)
  vim.cmd('Tollgate cancel')
  ok('then there is nothing to cancel', check.was_told('nothing runs'), person.told)

  vim.cmd('Tollgate gate T-1 spec')
  until_ok('gate asks the server', function()
    return vim.deep_equal(executed(client, 'tollgate.gate'), { { ticket = 'T-1', pass = 'spec' } })
  end, function()
    return executed(client, 'tollgate.gate')
  end)
end

local function test_progress(root)
  local buffer = edit(root .. '/.tollgate/tickets/T-1.md')
  local id = check.client(buffer).id
  local status = require('tollgate.status')
  status.on_progress(id, 'scan', { kind = 'begin', title = 'Reading', percentage = 0 })
  status.on_progress(id, 'scan', { kind = 'report', message = 'tickets', percentage = 50 })
  local line = require('tollgate').statusline(buffer)
  ok('progress without a run is in the status line', line:find('Reading tickets 50/100', 1, true) ~= nil, line)
  status.on_progress(id, 'scan', { kind = 'end' })
  line = require('tollgate').statusline(buffer)
  ok('until it ends', not line:find('Reading', 1, true), line)
end

local function test_gates(root)
  edit(root .. '/.tollgate/tickets/T-1.md')
  local client = check.client()
  local function decided()
    return executed(client, 'tollgate.decide')
  end

  person.seen, person.select, person.input, person.told = {}, { 'T-1 spec' }, { '  ' }, {}
  vim.cmd('Tollgate reject')
  until_ok('a rejection without a reason is refused', function()
    return check.was_told('a rejection needs a reason')
  end, person.told)
  ok('of several gates one is chosen', #person.seen[1].titles == 2, person.seen)
  ok('what is decided is on the screen when the reason is asked', person.seen[2].buffer == 'tollgate://gate/T-1/spec', person.seen)
  ok('nothing was sent', #decided() == 0, decided())

  person.input = { 'AC-1 is not measurable' }
  vim.cmd('Tollgate reject T-1 spec')
  until_ok('a rejection is sent with reason and nonce', function()
    local sent = decided()[1]
    return sent and sent.decision == 'REJECTED' and sent.reason == 'AC-1 is not measurable' and sent.nonce == 'gate-nonce-spec' and sent.root == root
  end, decided)

  person.input, person.told = {}, {}
  vim.cmd('Tollgate approve')
  until_ok('leaving the question decides nothing', function()
    return check.was_told('nothing was decided')
  end)
  person.input = { '' }
  vim.cmd('Tollgate approve')
  until_ok('an approval may be without a reason', function()
    local sent = decided()[2]
    return sent and sent.decision == 'APPROVED' and sent.reason == '' and sent.pass == 'design'
  end, decided)
  vim.cmd('Tollgate approve')
  until_ok('then no gate waits', function()
    return check.was_told('no gate waits for a person here')
  end)
  ok('the buffers of decided gates are gone', vim.fn.bufexists('tollgate://gate/T-1/design') == 0)
end

local function test_scratch(root)
  edit(root .. '/.tollgate/tickets/T-1.md')
  local function opens(command, name, part)
    vim.cmd(command)
    until_ok(command .. ' opens a buffer', function()
      return vim.api.nvim_buf_get_name(0) == 'tollgate://' .. name
    end, function()
      return vim.api.nvim_buf_get_name(0)
    end)
    local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
    ok(command .. ' shows what the server said', text:find(part, 1, true) ~= nil, text)
    ok(command .. ' has no server of its own', check.client() == nil)
    vim.api.nvim_feedkeys('q', 'xt', false)
    ok(command .. ' is closed by q and wiped', vim.fn.bufexists('tollgate://' .. name) == 0)
  end
  opens('Tollgate explain', 'explain/T-1', 'because it is first')
  opens('Tollgate explain T-2', 'explain/T-2', 'because it is first')
  opens('Tollgate trace', 'trace/kiro:fees', '0 of 2 tasks done')
  opens('Tollgate log', 'log/r0', 'last line')
  opens('Tollgate rule gate/no-reviewer', 'rules/gate/no-reviewer', 'why it is there')
  local namespace = vim.api.nvim_create_namespace('of-a-test')
  local function said(col, code, source)
    return { lnum = 0, col = col, end_col = col + 1, message = 'm', code = code, source = source or 'tollgate' }
  end
  vim.diagnostic.set(namespace, 0, { said(2, 'far/away'), said(0, 'right/here'), said(0, 'not/ours', 'other') })
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  opens('Tollgate rule', 'rules/right/here', 'why it is there')
  local offered = vim.fn.getcompletion('Tollgate rule ri', 'cmdline')
  ok('rules that are shown are completed', vim.deep_equal(offered, { 'right/here' }), offered)
  vim.diagnostic.reset(namespace)
  vim.cmd('Tollgate rule')
  ok('nothing to explain is said so', check.was_told('name a rule'), person.told)
  opens('Tollgate debug', 'debug', 'no agents')
end

local function test_without_buffer(root)
  local elsewhere = check.repository({ ['.tollgate/config.yaml'] = 'schema_version: 1' })
  vim.cmd.cd(elsewhere)
  vim.cmd.enew()
  vim.cmd('Tollgate explain')
  until_ok('a command starts the server of the working folder', function()
    return vim.api.nvim_buf_get_name(0) == 'tollgate://explain/T-1'
  end)
  vim.cmd.close()
  local count = #clients()
  local buffer = edit(elsewhere .. '/.tollgate/config.yaml')
  until_ok('its files then share it', function()
    return check.client(buffer) ~= nil and #clients() == count
  end)
  vim.cmd.cd(root)
end

local function test_restart(root)
  local buffer = edit(root .. '/.tollgate/tickets/T-1.md')
  local before, attached = check.client(buffer).id, vim.tbl_count(check.client(buffer).attached_buffers)
  vim.cmd('Tollgate restart')
  until_ok('restart gives a new client to every buffer', function()
    local client = check.client(buffer)
    return client and client.id ~= before and vim.tbl_count(client.attached_buffers) == attached
  end)
  until_ok('which is shown like the first', function()
    return check.signs(buffer)[3] == 'X' and check.lenses(buffer)[1] == 'Review plan…'
  end, function()
    return { check.signs(buffer), check.lenses(buffer) }
  end)
end

local function test_revoke(root)
  local buffer = edit(root .. '/.tollgate/tickets/T-1.md')
  local client = check.client(buffer)
  vim.cmd('Tollgate revoke')
  until_ok('revoke names the root', function()
    local sent = journal(client, 'tollgate/trustRevoke')[1]
    return sent and sent.root == root
  end)
  person.told = {}
  vim.cmd('Tollgate run')
  until_ok('an error of the server is told', function()
    return check.was_told('this repository is not trusted')
  end, person.told)
end

local function test_program(root)
  local argv_for = require('tollgate.program').argv
  local settings = require('tollgate.settings')
  local function program(folder_of_program)
    local path = folder_of_program .. '/tollgate'
    vim.fn.mkdir(folder_of_program, 'p')
    vim.fn.writefile({ '#!/bin/sh' }, path)
    vim.uv.fs_chmod(path, 493) -- 0755
    return path
  end
  local path_before, get = vim.env.PATH, settings.get
  settings.get = function(name)
    if name == 'cmd' then
      return nil
    end
    return get(name)
  end
  local good = program(check.repository({ ['bin/'] = {} }) .. '/bin')
  program(root .. '/bin')
  vim.cmd.cd(root)
  vim.env.PATH = 'bin:' .. root .. '/bin'
  local argv, reason = argv_for(root)
  ok('a program inside the repository is not started', argv == nil and reason:find('inside a repository', 1, true), reason)
  ok('also where Neovim does not say for which root', argv_for() == nil, argv_for())
  vim.env.PATH = 'bin:.:' .. root .. '/bin:' .. vim.fs.dirname(good)
  ok('neither through a relative entry of PATH', vim.deep_equal(argv_for(root), { good, 'lsp' }), argv_for(root))
  vim.env.PATH = '/nowhere'
  argv, reason = argv_for(root)
  ok('a missing program is said so', argv == nil and reason == 'there is no tollgate on PATH', reason)
  require('tollgate').setup({ serverPath = good })
  ok('serverPath is used where PATH has none', vim.deep_equal(argv_for(root), { good, 'lsp' }), argv_for(root))
  require('tollgate').setup({ logFile = '/logs/tollgate.log' })
  ok('logFile becomes an argument', vim.deep_equal(argv_for(root), { good, 'lsp', '--log-file', '/logs/tollgate.log' }), argv_for(root))
  require('tollgate').setup({ serverPath = '', logFile = '' })
  settings.get, vim.env.PATH = get, path_before
end

local function test_health()
  vim.cmd('checkhealth tollgate')
  local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  ok('checkhealth names program and client', text:find('scripted_lsp.py', 1, true) and text:find('client %d+ for'), text)
  ok('checkhealth tells the trust', text:find('trust of', 1, true) ~= nil, text)
  ok('checkhealth finds no error', not text:find('ERROR', 1, true), text)
  vim.cmd.bwipeout({ bang = true })
end

local function test_help()
  local copy = check.repository({ ['doc/'] = {} })
  vim.uv.fs_copyfile(check.checkout .. '/editors/nvim/doc/tollgate.txt', copy .. '/doc/tollgate.txt')
  vim.cmd.helptags(copy .. '/doc')
  vim.opt.runtimepath:prepend(copy)
  local missing = {}
  local subjects = { 'tollgate', 'tollgate-settings', 'tollgate-statusline', ':TollgateAllow' }
  for _, name in ipairs(vim.fn.getcompletion('Tollgate ', 'cmdline')) do
    table.insert(subjects, ':Tollgate-' .. name)
  end
  for _, subject in ipairs(subjects) do
    if not pcall(vim.cmd.help, subject) then
      table.insert(missing, subject)
    end
  end
  ok('every command and setting is in the help', #missing == 0, missing)
end

check.run(function()
  check.load_plugin()
  local root = shop()
  test_laziness(root)
  test_settings()
  test_attach(root)
  test_signs(root)
  test_lenses_and_hints(root)
  test_completion(root)
  test_status(root)
  test_review(root)
  test_words(root)
  test_run(root)
  test_progress(root)
  test_gates(root)
  test_scratch(root)
  test_without_buffer(root)
  test_revoke(root)
  test_restart(root)
  test_program(root)
  test_health()
  test_help()
end)

--- `:Tollgate <subcommand>` and the client-side commands that lenses and actions of the server name.
local scratch = require('tollgate.scratch')
local server = require('tollgate.server')

local M = {}

local function explain(client, argument)
  server.request(client, 'tollgate/explain', { root = argument.root, ticket = argument.ticket }, function(result)
    scratch.show(client, 'explain/' .. tostring(result.ticket), result.markdown)
  end)
end

--- What a feature asks for and what was done for it: the named one, else the one that is being worked on.
local function trace(client, argument)
  server.request(client, 'tollgate/trace', { root = argument.root, feature = argument.feature }, function(result)
    scratch.show(client, 'trace/' .. result.feature, result.markdown)
  end)
end

--- Handler of the notification `tollgate/traceChanged`: the page says something else now. One that is closed stays so.
function M.on_trace(_, params)
  local buffer = vim.fn.bufnr('^' .. vim.fn.escape('tollgate://trace/' .. params.feature, '\\*?[]{},') .. '$')
  if buffer > 0 then
    scratch.replace(buffer, params.markdown)
  end
end

local function show_log(client, argument)
  server.request(client, 'tollgate/runLog', { run = argument.run }, function(result)
    scratch.show(client, 'log/' .. tostring(result.run), ('%s\n\n%s'):format(result.path, result.text), 'text')
    vim.cmd.normal({ 'G', bang = true })
  end)
end

local function debug_information(client)
  server.request(client, 'tollgate/debugInformation', {}, function(result)
    local version = vim.split(vim.api.nvim_exec2('version', { output = true }).output, '\n', { trimempty = true })[1]
    scratch.show(client, 'debug', ('%s\n\n%s'):format(version, result.text), 'text')
  end)
end

--- The page of a rule: the named one, else that of the diagnostic nearest to the cursor in its line.
local function rule(client, argument)
  local id = argument.rule
  if not id then
    local cursor = vim.api.nvim_win_get_cursor(0)
    local nearest
    for _, diagnostic in ipairs(vim.diagnostic.get(0, { lnum = cursor[1] - 1 })) do
      local away = cursor[2] < diagnostic.col and diagnostic.col - cursor[2] or math.max(0, cursor[2] - diagnostic.end_col)
      if diagnostic.source == 'tollgate' and (not nearest or away < nearest) then
        nearest, id = away, diagnostic.code
      end
    end
  end
  if not id then
    return server.notify('name a rule, or go to a line with a diagnostic of Tollgate', vim.log.levels.WARN)
  end
  server.request(client, 'tollgate/rule', { rule = id }, function(result)
    scratch.show(client, 'rules/' .. result.rule, result.markdown)
  end)
end

local function cancel(client, argument)
  local function stop(run)
    if run then
      server.execute(client, 'tollgate.cancel', { run = run.run })
    end
  end
  local running = require('tollgate.status').running(client.id)
  if argument.run then
    stop(argument)
  elseif #running == 0 then
    server.notify('nothing runs')
  elseif #running == 1 then
    stop(running[1])
  else
    vim.ui.select(running, {
      prompt = 'Cancel which run?',
      format_item = function(run)
        return (('%s (%s), %s'):format(run.pass, run.phase, run.spent):gsub('%c', ' '))
      end,
    }, stop)
  end
end

local function run_pass(client, argument)
  server.execute(client, 'tollgate.run', argument)
end

local function apply(client, argument)
  server.execute(client, 'tollgate.apply', argument, server.read_files_again)
end

local function decide(decision)
  return function(client, argument)
    require('tollgate.gates').decide(client, decision, argument)
  end
end

--- A section did not change and is right all the same: a person says why.
local function still_accurate(client, argument)
  if not argument.document then
    return server.notify('choose it where a document says that it drifted', vim.log.levels.WARN)
  end
  vim.ui.input({ prompt = ('Why is %s still accurate? '):format(argument.section or argument.document) }, function(reason)
    if reason and vim.trim(reason) ~= '' then
      server.execute(client, 'tollgate.attest', vim.tbl_extend('force', argument, { reason = vim.trim(reason) }))
    else
      server.notify('nothing was recorded')
    end
  end)
end

local function review(client, argument)
  require('tollgate.trust').review(client, argument.root)
end

local function review_words(client, argument)
  require('tollgate.words').review(client, argument)
end

--- Subcommand → what it does, what its words are, and, where an action of the server names it, its id.
local subcommands = {
  run = { does = run_pass, words = { 'ticket', 'pass' }, id = 'tollgate.runNextPass' },
  explain = { does = explain, words = { 'ticket' }, id = 'tollgate.explain' },
  trace = { does = trace, words = { 'feature' }, id = 'tollgate.trace' },
  approve = { does = decide('APPROVED'), words = { 'ticket', 'pass' }, id = 'tollgate.approve' },
  reject = { does = decide('REJECTED'), words = { 'ticket', 'pass' }, id = 'tollgate.reject' },
  review = { does = review, words = {}, id = 'tollgate.reviewPlan' },
  words = { does = review_words, words = { 'ticket', 'pass' }, id = 'tollgate.reviewWords' },
  log = { does = show_log, words = { 'run' }, id = 'tollgate.showLog' },
  rule = { does = rule, words = { 'rule' } },
  accurate = { does = still_accurate, words = {}, id = 'tollgate.stillAccurate' },
  restart = { does = server.restart, words = {}, id = 'tollgate.restart' },
  debug = { does = debug_information, words = {}, id = 'tollgate.debugInformation' },
  cancel = { does = cancel, words = { 'run' } },
  apply = { does = apply, words = { 'run' }, id = 'tollgate.apply' },
  revoke = {
    does = function(client)
      require('tollgate.trust').revoke(client)
    end,
    words = {},
  },
  gate = {
    does = function(client, argument)
      server.execute(client, 'tollgate.gate', argument)
    end,
    words = { 'ticket', 'pass' },
  },
  status = {
    does = function(client)
      scratch.show(client, 'status', require('tollgate.status').markdown(client))
    end,
    words = {},
  },
}

--- @param words string[]
function M.run(words)
  local name = words[1] or 'status'
  local subcommand = subcommands[name]
  if not subcommand then
    return server.notify(('there is no :Tollgate %s, see :help :Tollgate'):format(name), vim.log.levels.ERROR)
  elseif #words - 1 > #subcommand.words then
    local usage = table.concat(vim.tbl_map(function(word)
      return (' [%s]'):format(word)
    end, subcommand.words))
    return server.notify(('usage: :Tollgate %s%s'):format(name, usage), vim.log.levels.ERROR)
  end
  local argument = {}
  for index, word in ipairs(subcommand.words) do
    argument[word] = words[index + 1]
  end
  server.with_client(function(client)
    subcommand.does(client, argument)
  end)
end

local most_candidates = 200

--- What can stand at a word, from what is at hand: nothing is asked of the server while a person types.
local candidates = {
  ticket = function(client)
    local root = client and client.config.root_dir or server.root_of(vim.fn.getcwd())
    local names = {}
    for name, kind in root and vim.fs.dir(root .. '/.tollgate/tickets') or function() end do
      if kind == 'file' and vim.endswith(name, '.md') and #names < most_candidates then
        table.insert(names, (name:gsub('%.md$', '')))
      end
    end
    table.sort(names)
    return names
  end,
  pass = function(client)
    local names = {}
    for _, status in ipairs(client and require('tollgate.status').all(client.id) or {}) do
      if status.next and status.next ~= vim.NIL then
        table.insert(names, status.next.pass)
      end
    end
    return names
  end,
  rule = function()
    local codes = {}
    for _, diagnostic in ipairs(vim.diagnostic.get(nil)) do
      if diagnostic.source == 'tollgate' and diagnostic.code then
        codes[diagnostic.code] = true
      end
    end
    local ids = vim.tbl_keys(codes)
    table.sort(ids)
    return ids
  end,
  run = function(client)
    return vim.tbl_map(function(run)
      return run.run
    end, client and require('tollgate.status').running(client.id) or {})
  end,
}

--- @param lead string the word being typed
--- @param line string the line up to the cursor
--- @return string[]
function M.complete(lead, line)
  local words = vim.split(line, '%s+', { trimempty = true })
  local position = #words - (lead == '' and 0 or 1) -- words before the one being typed, the command itself among them
  local offered
  if position == 1 then
    offered = vim.tbl_keys(subcommands)
    table.sort(offered)
  else
    local subcommand = subcommands[words[2]]
    local kind = subcommand and subcommand.words[position - 1]
    local client = vim.lsp.get_clients({ name = 'tollgate', bufnr = 0 })[1] or vim.lsp.get_clients({ name = 'tollgate' })[1]
    offered = kind and candidates[kind](client) or {}
  end
  return vim.tbl_filter(function(word)
    return vim.startswith(word, lead)
  end, offered)
end

--- Makes the client-side commands known to Neovim's lenses and actions.
function M.register()
  for _, subcommand in pairs(subcommands) do
    if subcommand.id then
      vim.lsp.commands[subcommand.id] = function(command, context)
        local client = vim.lsp.get_client_by_id(context.client_id)
        local argument = command.arguments and command.arguments[1]
        if client then
          subcommand.does(client, type(argument) == 'table' and argument or {})
        end
      end
    end
  end
end

return M

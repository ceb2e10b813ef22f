--- What the server last said about each root (`tollgate/status`) and about work in progress (`$/progress`), and the
--- one line made of it. Asks nothing: a status line must never wait.
local M = {}

local statuses = {} --- @type table<integer, table<string, table>> client → root → parameters of tollgate/status
local progress = {} --- @type table<integer, table<string|integer, table>> client → token → {title, message, percentage}

local function changed(client)
  vim.cmd.redrawstatus({ bang = true })
  vim.api.nvim_exec_autocmds('User', { pattern = 'TollgateStatus', modeline = false, data = { client_id = client } })
end

--- Text of files and agents is data: nothing in it may act in a status line or hide what is shown.
--- @param text any
--- @return string
local function plain(text)
  text = tostring(text or '')
  text = text:gsub('[%c%%]', '')
  text = text:gsub('\226\128[\139-\143\170-\174]', ''):gsub('\226\129[\160-\169]', '') -- invisible and bidi controls
  return vim.fn.strcharpart(text, 0, 40)
end

--- JSON null arrives as vim.NIL, which is true in Lua.
local function some(value)
  if value ~= nil and value ~= vim.NIL then
    return value
  end
end

--- @return string[]
local function runs_of(status)
  return vim.tbl_map(function(run)
    return run.run
  end, status and some(status.running) or {})
end

--- Handler of the notification `tollgate/status`.
function M.on_status(_, parameters, context)
  local of_client = statuses[context.client_id] or {}
  statuses[context.client_id] = of_client
  local root = some(parameters.root) or ''
  local going_on = runs_of(parameters)
  for _, run in ipairs(runs_of(of_client[root])) do
    if not vim.list_contains(going_on, run) then
      require('tollgate.server').read_files_again()
    end
  end
  of_client[root] = parameters
  changed(context.client_id)
end

--- @param client integer
--- @param token string|integer
--- @param value table WorkDoneProgress value
function M.on_progress(client, token, value)
  local of_client = progress[client] or {}
  progress[client] = of_client
  if value.kind == 'end' then
    of_client[token] = nil
  else
    local before = of_client[token] or {}
    of_client[token] = {
      title = some(value.title) or before.title,
      message = some(value.message) or before.message,
      percentage = some(value.percentage) or before.percentage,
    }
  end
  changed(client)
end

--- The server of this client has ended.
function M.forget(client)
  statuses[client] = nil
  progress[client] = nil
  changed(client)
end

--- @param client integer
--- @return table[] last status of every root, in the order of the roots' names
function M.all(client)
  local roots = vim.tbl_keys(statuses[client] or {})
  table.sort(roots)
  return vim.tbl_map(function(root)
    return statuses[client][root]
  end, roots)
end

--- @param client integer
--- @return {run: string, pass: string, phase: string, spent: string}[]
function M.running(client)
  local runs = {}
  for _, status in ipairs(M.all(client)) do
    vim.list_extend(runs, some(status.running) or {})
  end
  return runs
end

local trust_words = { restricted = 'not trusted', changed = 'plan changed', denied = 'denied' }
local budget_words = { approaching = ' (near the limit)', at = ' (at the limit)', over = ' (over the limit)' }

local function money(status)
  local spent, budget = some(status.spent), some(status.budget)
  if not spent then
    return nil
  end
  local text = budget and ('%s of %s'):format(plain(spent), plain(budget)) or plain(spent)
  return text .. (budget_words[status.budget_state] or '')
end

local function describe(status, out)
  local ticket, next_pass = some(status.ticket), some(status.next)
  if ticket then
    table.insert(out, plain(ticket.id))
  elseif some(status.ambiguous) then
    table.insert(out, 'which ticket?')
  end
  local running = some(status.running) or {}
  for _, run in ipairs(running) do
    table.insert(out, ('running %s: %s, %s'):format(plain(run.pass), plain(run.phase), plain(run.spent)))
  end
  if next_pass and #running == 0 then
    table.insert(out, 'next ' .. plain(next_pass.pass))
  end
  for _, gate in ipairs(some(status.waiting) or {}) do
    table.insert(out, plain(gate.pass) .. ' waits for you')
  end
  table.insert(out, money(status))
  table.insert(out, trust_words[status.trust])
end

local function describe_progress(client, out)
  for _, item in pairs(progress[client] or {}) do
    local text = vim.trim(plain(item.title) .. ' ' .. plain(item.message))
    table.insert(out, item.percentage and ('%s %d/100'):format(text, item.percentage) or text)
  end
end

--- @param buffer integer
--- @return string
function M.line(buffer)
  local client = vim.lsp.get_clients({ name = 'tollgate', bufnr = buffer })[1] or require('tollgate.scratch').client(buffer)
  if not client then
    return ''
  end
  local out = {}
  for _, status in ipairs(M.all(client.id)) do
    describe(status, out)
  end
  -- A run reports its phase in both ways; the status says more.
  if #M.running(client.id) == 0 then
    describe_progress(client.id, out)
  end
  return table.concat(vim.list_extend({ 'tollgate' }, out), ' | ')
end

--- Everything known, for `:Tollgate status`.
--- @param client vim.lsp.Client
--- @return string markdown
function M.markdown(client)
  local out = { '# Tollgate', '' }
  for _, status in ipairs(M.all(client.id)) do
    local ticket, next_pass = some(status.ticket), some(status.next)
    table.insert(out, '## ' .. plain(vim.fn.fnamemodify(tostring(status.root), ':~')))
    table.insert(out, '- trust: ' .. plain(status.trust))
    table.insert(out, ticket and ('- ticket: %s %s (%s)'):format(plain(ticket.id), plain(ticket.title), plain(ticket.rule))
      or some(status.ambiguous) and '- ticket: none: ' .. plain(status.ambiguous.why) or '- ticket: none')
    if some(status.beads) then
      table.insert(out, '- beads: ' .. plain(status.beads))
    end
    table.insert(out, next_pass and ('- next pass: %s (%s)'):format(plain(next_pass.pass), plain(next_pass.title))
      or '- next pass: none')
    table.insert(out, '- spent: ' .. (money(status) or 'nothing yet'))
    for _, gate in ipairs(some(status.waiting) or {}) do
      table.insert(out, ('- waiting for a person: %s of %s'):format(plain(gate.pass), plain(gate.ticket)))
    end
    for _, run in ipairs(some(status.running) or {}) do
      table.insert(out, ('- running: %s (%s), %s, run %s'):format(plain(run.pass), plain(run.phase), plain(run.spent), plain(run.run)))
    end
    table.insert(out, '')
  end
  if #out == 2 then
    table.insert(out, 'The server has not reported yet.')
  end
  return table.concat(out, '\n')
end

return M

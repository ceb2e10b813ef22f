--- The server and the client of it: which root a buffer belongs to, one client per root, requests. Knows no command and
--- draws nothing.
local program = require('tollgate.program')
local settings = require('tollgate.settings')

local M = {}

--- Folders that make a project of the one they lie in: ours, then those of other tools. Elsewhere no server is started,
--- whatever Markdown is opened. The program knows the same places (server/spec/src/places.rs); a test holds the two
--- together.
local folders = {
  '.tollgate', '.specify', '.kiro', '.beads', '.atomic', '.taskmaster', '.opencode', '.gemini', 'openspec', 'backlog/tasks', 'backlog/drafts',
  'backlog/completed', 'backlog/archive', '.backlog', '_bmad', '_bmad-output', 'docs/stories', 'docs/sprint-artifacts',
  'docs/backlog/tasks', 'docs/backlog/drafts', 'docs/backlog/completed', 'docs/backlog/archive', 'formula-overlays',
  '.claude/agents', '.claude/skills', '.claude/commands', '.claude/rules', '.agents/skills', '.github/agents', '.github/chatmodes', '.github/prompts',
  '.github/instructions', '.github/skills', '.codex/agents', '.cursor/agents', '.cursor/commands', '.cursor/rules', '.cursor/skills',
}
--- Files that do so in folders that others have too; `*` is one folder or name.
local files = {
  'specs/*/spec.md', '.github/workflows/*.md', 'WORKFLOW.md', 'backlog.config.yml', 'backlog/config.yml', 'backlog/config.yaml',
  'docs/backlog/config.yml', 'docs/backlog/config.yaml', 'docs/sprint-status.yaml',
  'extension.yml', 'preset.yml', 'bundle.yml', 'extensions/*/extension.yml', 'presets/*/preset.yml',
  'opencode.json', 'opencode.jsonc',
}
--- Where tickets, workflows, features and documents are: attached in every project.
local written = { 'markdown', 'yaml' }
--- Where findings of gates land: attached in a project that has `.tollgate`, and where the file itself lies in one of the
--- folders above.
local source = { 'toml', 'json', 'jsonc', 'jsonl', 'rust', 'python', 'typescript', 'typescriptreact', 'javascript', 'go', 'sql', 'c', 'cpp', 'java' }

--- The commands that this editor has beside the server's own; the server offers them in lenses and actions.
M.client_commands = {
  'tollgate.runNextPass',
  'tollgate.explain',
  'tollgate.trace',
  'tollgate.approve',
  'tollgate.reject',
  'tollgate.reviewPlan',
  'tollgate.reviewWords',
  'tollgate.showLog',
  'tollgate.stillAccurate',
  'tollgate.restart',
  'tollgate.debugInformation',
}

--- Neovim before 0.12 draws lenses, but neither tells the server so nor takes its refresh: here that is added.
M.lenses_are_built_in = vim.fn.has('nvim-0.12') == 1

--- @param message string
--- @param level? integer default: information
function M.notify(message, level)
  vim.notify('tollgate: ' .. message, level or vim.log.levels.INFO)
end

--- Whether lenses and hints stand in files of this kind.
function M.is_written(filetype)
  return vim.list_contains(written, filetype)
end

function M.filetypes()
  return vim.list_extend(vim.list_slice(written), source)
end

local function exists(path)
  return vim.uv.fs_stat(path) ~= nil
end

--- Whether a folder has a file at that path, part by part.
local function holds(folder, parts)
  local part = parts[1]
  if not part then
    return true
  end
  local rest = vim.list_slice(parts, 2)
  if not part:find('*', 1, true) then
    return exists(folder .. '/' .. part) and holds(folder .. '/' .. part, rest)
  end
  local name = '^' .. vim.pesc(part):gsub('%%%*', '.+') .. '$'
  for entry in vim.fs.dir(folder) do
    if entry:match(name) and holds(folder .. '/' .. entry, rest) then
      return true
    end
  end
  return false
end

--- Whether another tool's files make a project of this folder.
local function has_others(folder)
  for n = 3, #folders do
    if exists(folder .. '/' .. folders[n]) then
      return true
    end
  end
  -- A folder of theirs is no project of its own, whatever it holds: `openspec/specs/desk/spec.md`.
  local is_part = vim.iter(folders):any(function(part)
    return vim.endswith(folder, '/' .. part)
  end)
  return not is_part and vim.iter(files):any(function(file)
    return holds(folder, vim.split(file, '/'))
  end)
end

--- Whether a file lies in a folder of delivery files.
local function is_delivery_file(path)
  return vim.iter(folders):any(function(folder)
    return path:find('/' .. folder .. '/', 1, true) ~= nil
  end)
end

--- Git takes an empty `.git` for nothing, too; one that is a file belongs to a submodule or a work tree.
local function is_repository(folder)
  local git = folder .. '/.git'
  return exists(git .. '/HEAD') or (vim.uv.fs_stat(git) or {}).type == 'file'
end

--- Nearest folder from `path` upwards that has `.tollgate` or `.specify`, or is a repository: one inside another inherits
--- nothing from it. Below those, what hosts and other tools keep makes a root only where nothing above it is one.
--- @param path string
--- @return string? root, 'ours'|'theirs'|nil kind none for a repository without delivery files
function M.root_of(path)
  local home = vim.uv.os_homedir()
  local folder = program.literal(path)
  local nearest
  while true do
    if folder ~= home and folder ~= '/' then
      if exists(folder .. '/.tollgate') then
        return folder, 'ours'
      end
      local theirs = exists(folder .. '/.specify') or has_others(folder)
      if is_repository(folder) then
        if theirs or not nearest then
          return folder, theirs and 'theirs' or nil
        end
        return nearest, 'theirs'
      elseif exists(folder .. '/.specify') then
        return folder, 'theirs'
      end
      nearest = nearest or (theirs and folder or nil)
    end
    local parent = vim.fs.dirname(folder)
    if parent == folder then
      return nearest, nearest and 'theirs'
    end
    folder = parent
  end
end

--- The root for which this buffer wants a server, if it wants one and there is a program to start.
--- @param buffer integer
--- @return string?
function M.wanted_root(buffer)
  local path = vim.api.nvim_buf_get_name(buffer)
  local filetype = vim.bo[buffer].filetype
  local is_written = M.is_written(filetype)
  if vim.bo[buffer].buftype ~= '' or path == '' or path:match('^%a[%w+.-]+://') then
    return nil
  elseif not is_written and not vim.list_contains(source, filetype) then
    return nil
  end
  local file = program.literal(path)
  local root, kind = M.root_of(vim.fs.dirname(file))
  if not root or not kind or not (is_written or kind == 'ours' or is_delivery_file(file)) then
    return nil
  end
  local argv, reason = program.argv(root)
  if not argv then
    -- Said once, and only to those who use it: a folder of another tool may have nothing to do with us.
    if kind == 'ours' then
      vim.notify_once(('tollgate: %s; see :checkhealth tollgate'):format(reason), vim.log.levels.WARN)
    end
    return nil
  end
  return root
end

local started = {} --- @type table<string, integer> root → client, on a Neovim that cannot be asked for it
local when_ready = {} --- @type table<integer, fun(client: vim.lsp.Client)[]> client → what waits for its server

local function on_init(client)
  for _, with in ipairs(when_ready[client.id] or {}) do
    with(client)
  end
  when_ready[client.id] = nil
end

local function on_exit(_, _, client)
  vim.schedule(function()
    when_ready[client] = nil
    for root, id in pairs(started) do
      started[root] = id ~= client and id or nil
    end
    require('tollgate.status').forget(client)
  end)
end

--- Called by the server when a decision of the person is needed; `nil` (null) is "none of these".
local function on_message_request(_, request)
  local actions = request.actions
  if actions == nil or actions == vim.NIL or #actions == 0 then
    M.notify(request.message)
    return vim.NIL
  end
  local waiting = coroutine.running()
  vim.ui.select(actions, {
    prompt = request.message,
    kind = 'tollgate',
    format_item = function(action)
      return (action.title:gsub('%c', ' '))
    end,
  }, function(action)
    -- Scheduled: a `vim.ui.select` that answers at once would resume before the yield below.
    vim.schedule(function()
      coroutine.resume(waiting, action or vim.NIL)
    end)
  end)
  return coroutine.yield()
end

--- Said by the server to the person.
local function on_message(_, said)
  local levels = { vim.log.levels.ERROR, vim.log.levels.WARN, vim.log.levels.INFO }
  M.notify(said.message, levels[said.type] or vim.log.levels.DEBUG)
end

--- The client configuration, the same for every Neovim; `root_dir` comes from the caller.
function M.config()
  -- Neovim reads this at startup: what needs another module waits until the client starts.
  local config = {
    name = 'tollgate',
    -- A function, so that a `setup` after this and a program that appeared since are seen.
    cmd = function(dispatchers)
      local argv, reason = program.argv()
      if not argv then
        error('tollgate: ' .. reason, 0)
      end
      return vim.lsp.rpc.start(argv, dispatchers)
    end,
    capabilities = { experimental = { tollgate = { commands = M.client_commands, tokenTypes = true } } },
    init_options = settings.for_server(),
    settings = { tollgate = settings.for_server() },
    trace = settings.get('trace.server'),
    handlers = {
      ['tollgate/status'] = function(...)
        return require('tollgate.status').on_status(...)
      end,
      ['tollgate/traceChanged'] = function(...)
        return require('tollgate.commands').on_trace(...)
      end,
      ['window/showMessage'] = on_message,
      ['window/showMessageRequest'] = on_message_request,
    },
    before_init = function()
      require('tollgate.display').start()
      require('tollgate.colours').start()
      require('tollgate.commands').register()
    end,
    on_init = on_init,
    on_exit = on_exit,
  }
  if not M.lenses_are_built_in then
    config.capabilities.textDocument = { codeLens = { dynamicRegistration = false } }
    config.capabilities.workspace = { codeLens = { refreshSupport = true } }
    config.handlers['workspace/codeLens/refresh'] = function(...)
      return require('tollgate.display').on_lens_refresh(...)
    end
  end
  return config
end

--- Starts or reuses the client of `root` on a Neovim without `vim.lsp.config`.
local function start_before_0_11(root, options)
  local config = M.config()
  config.root_dir = root
  -- Here a capability table replaces the defaults.
  config.capabilities = vim.tbl_deep_extend('force', vim.lsp.protocol.make_client_capabilities(), config.capabilities)
  -- `vim.lsp.start` of this version always attaches a buffer.
  if options.attach == false then
    started[root] = started[root] or vim.lsp.start_client(config)
  else
    started[root] = vim.lsp.start(config, options)
  end
  return started[root]
end

--- @param root string
--- @param options vim.lsp.start.Opts
local function start(root, options)
  if not vim.lsp.config then
    return start_before_0_11(root, options)
  end
  local config = vim.deepcopy(vim.lsp.config['tollgate'])
  config.root_dir = root
  return vim.lsp.start(config, options)
end

--- Attaches a buffer if it wants a server.
--- @param buffer integer
function M.attach(buffer)
  local root = M.wanted_root(buffer)
  if root then
    start(root, { bufnr = buffer })
  end
end

--- The client to ask from here: the buffer's (that of the text it shows), else that of the working folder (started if need be), else the only one.
--- @param with fun(client: vim.lsp.Client) called when it is ready, perhaps later
function M.with_client(with)
  local client = vim.lsp.get_clients({ name = 'tollgate', bufnr = 0 })[1] or require('tollgate.scratch').client(0)
  local root = M.root_of(vim.fn.getcwd())
  if not client then
    local clients = vim.lsp.get_clients({ name = 'tollgate' })
    for _, candidate in ipairs(clients) do
      if candidate.config.root_dir == root then
        client = candidate
      end
    end
    if not client and not root and #clients == 1 then
      client = clients[1]
    end
  end
  if client then
    return with(client)
  end
  if not root then
    return M.notify('no server here: open a file of a repository first', vim.log.levels.WARN)
  end
  local argv, reason = program.argv(root)
  if not argv then
    return M.notify(reason .. '; see :checkhealth tollgate', vim.log.levels.WARN)
  end
  local id = start(root, { attach = false })
  client = id and vim.lsp.get_client_by_id(id)
  if client then
    when_ready[id] = when_ready[id] or {}
    table.insert(when_ready[id], with)
  end
end

--- @param client vim.lsp.Client
--- @param method string
--- @param parameters table
--- @param done fun(result: any) not called on an error, which is shown
function M.request(client, method, parameters, done)
  -- An empty Lua table would become a JSON array.
  parameters = next(parameters) == nil and vim.empty_dict() or parameters
  local function handler(failure, result)
    if failure and failure.code == vim.lsp.protocol.ErrorCodes.MethodNotFound then
      M.notify(('the server does not know %s; is it older than this plugin?'):format(method), vim.log.levels.ERROR)
    elseif failure then
      M.notify(failure.message or vim.inspect(failure), vim.log.levels.ERROR)
    else
      done(result)
    end
  end
  if vim.fn.has('nvim-0.11') == 1 then
    client:request(method, parameters, handler)
  else
    client.request(method, parameters, handler)
  end
end

--- One of the server's own commands.
--- @param client vim.lsp.Client
--- @param command string
--- @param argument table
--- @param done? fun(result: any)
function M.execute(client, command, argument, done)
  argument = next(argument) == nil and vim.empty_dict() or argument
  M.request(client, 'workspace/executeCommand', { command = command, arguments = { argument } }, done or function() end)
end

--- Something wrote into the work tree: buffers without changes of their own follow it, where 'autoread' says so.
function M.read_files_again()
  vim.schedule(function()
    for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
      local own = vim.bo[buffer]
      if vim.api.nvim_buf_is_loaded(buffer) and own.buftype == '' and not own.modified and vim.o.autoread then
        vim.cmd(('silent! checktime %d'):format(buffer))
      end
    end
  end)
end

local stop_after = 3000 -- milliseconds that the server gets to leave by itself
local look_again_after = 20

local function stop(client, force)
  if vim.fn.has('nvim-0.11') == 1 then
    client:stop(force)
  else
    client.stop(force)
  end
end

--- Ends the server of this client and starts it again for the same buffers.
--- @param client vim.lsp.Client
function M.restart(client)
  local buffers = vim.tbl_keys(client.attached_buffers)
  local root = client.config.root_dir
  local forced_at = vim.uv.now() + stop_after
  -- A client is listed until Neovim has cleaned up after it, and would be reused until then.
  local function start_when_gone()
    local still_there = vim.lsp.get_client_by_id(client.id)
    if still_there then
      if vim.uv.now() > forced_at then
        stop(still_there, true)
      end
      return vim.defer_fn(start_when_gone, look_again_after)
    end
    for _, buffer in ipairs(buffers) do
      if vim.api.nvim_buf_is_loaded(buffer) then
        start(root, { bufnr = buffer })
      end
    end
    M.notify('the server was started again')
  end
  stop(client)
  start_when_gone()
end

return M

--- What is drawn: signs, lenses, hints. Only for our client and our namespaces; how other servers are shown stays the
--- user's business.
local server = require('tollgate.server')
local settings = require('tollgate.settings')

local M = {}

local group = vim.api.nvim_create_augroup('tollgate.display', {})

local function is_ours(client)
  return client ~= nil and client.name == 'tollgate'
end

local function request_lenses(client, buffer)
  local parameters = { textDocument = { uri = vim.uri_from_bufnr(buffer) } }
  if vim.fn.has('nvim-0.11') == 1 then
    client:request('textDocument/codeLens', parameters, vim.lsp.codelens.on_codelens, buffer)
  else
    client.request('textDocument/codeLens', parameters, vim.lsp.codelens.on_codelens, buffer)
  end
end

local queued = {} --- @type table<integer, true> buffers whose lenses are asked for at the end of this event

local function refresh_lenses(client_id, buffer)
  if queued[buffer] then
    return
  end
  queued[buffer] = true
  vim.schedule(function()
    queued[buffer] = nil
    local client = vim.lsp.get_client_by_id(client_id)
    if client and client.attached_buffers[buffer] and vim.api.nvim_buf_is_loaded(buffer) then
      request_lenses(client, buffer)
    end
  end)
end

local function show_lenses(client, buffer)
  if server.lenses_are_built_in then
    vim.lsp.codelens.enable(true, { bufnr = buffer })
    return
  end
  local id = client.id
  vim.api.nvim_clear_autocmds({ group = group, buffer = buffer })
  vim.api.nvim_create_autocmd({ 'BufEnter', 'BufWritePost', 'InsertLeave', 'TextChanged' }, {
    group = group,
    buffer = buffer,
    desc = 'Ask for the lenses again',
    callback = function()
      refresh_lenses(id, buffer)
    end,
  })
  refresh_lenses(id, buffer)
end

local configured = {} --- @type table<integer, boolean> diagnostic namespace → whether it is ours

--- A server may have several namespaces (pushed, pulled, by identifier) whose names differ by version: the first
--- diagnostics that come in one tell.
local function configure_signs(namespace)
  if configured[namespace] ~= nil then
    return
  end
  local known = vim.diagnostic.get_namespaces()[namespace]
  configured[namespace] = known ~= nil and known.name:match('%.lsp%.tollgate%.%d+') ~= nil
  local texts, general = settings.get('signs'), vim.diagnostic.config().signs
  -- The user may have no signs at all, or a function for them: that stands.
  if not configured[namespace] or not texts or general == false or type(general) == 'function' then
    return
  end
  local severity = vim.diagnostic.severity
  local ours = { [severity.ERROR] = texts.error, [severity.WARN] = texts.warn, [severity.INFO] = texts.info, [severity.HINT] = texts.hint }
  local merged = type(general) == 'table' and vim.deepcopy(general) or {}
  merged.text = vim.tbl_extend('force', merged.text or {}, ours)
  vim.diagnostic.config({ signs = merged }, namespace)
end

--- Handler of the request `workspace/codeLens/refresh`, where Neovim has none.
function M.on_lens_refresh(_, _, context)
  local client = vim.lsp.get_client_by_id(context.client_id)
  for buffer in pairs(client and settings.get('codeLens.enable') and client.attached_buffers or {}) do
    if server.is_written(vim.bo[buffer].filetype) then
      refresh_lenses(context.client_id, buffer)
    end
  end
  return vim.NIL
end

local function on_attach(event)
  local client = vim.lsp.get_client_by_id(event.data.client_id)
  -- Neovim turns hints (and from 0.12 on lenses) on per buffer for every server. Ours stand in Markdown and YAML; in a
  -- source file the choice belongs to the user, whose other servers would start to talk.
  if not is_ours(client) or not server.is_written(vim.bo[event.buf].filetype) then
    return
  end
  if settings.get('codeLens.enable') and client.server_capabilities.codeLensProvider then
    show_lenses(client, event.buf)
  end
  if settings.get('inlayHints.enable') and client.server_capabilities.inlayHintProvider then
    vim.lsp.inlay_hint.enable(true, { bufnr = event.buf })
  end
end

local started = false

--- From the first client on.
function M.start()
  if started then
    return
  end
  started = true
  local function on(name, callback)
    vim.api.nvim_create_autocmd(name, { group = group, callback = callback, desc = 'tollgate' })
  end
  on('LspAttach', on_attach)
  on('LspDetach', function(event)
    if is_ours(vim.lsp.get_client_by_id(event.data.client_id)) then
      vim.api.nvim_clear_autocmds({ group = group, buffer = event.buf })
    end
  end)
  on('LspProgress', function(event)
    local parameters = event.data.params
    if parameters and is_ours(vim.lsp.get_client_by_id(event.data.client_id)) then
      require('tollgate.status').on_progress(event.data.client_id, parameters.token, parameters.value)
    end
  end)
  on('DiagnosticChanged', function(event)
    local first = event.data and event.data.diagnostics and event.data.diagnostics[1]
    if first and first.namespace then
      configure_signs(first.namespace)
    end
  end)
end

return M

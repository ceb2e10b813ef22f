--- What the server's words for tokens look like: each is linked to the group of the standard token that is nearest, so that
--- every colour scheme has a colour for it. A scheme or a user who sets a group of these wins.
local M = {}

local types = {
  workflow = 'namespace',
  feature = 'namespace',
  pass = 'function',
  step = 'function',
  agent = 'class',
  gate = 'interface',
  output = 'variable',
  input = 'parameter',
  ticket = 'struct',
  tier = 'enum',
  resource = 'type',
  requirement = 'event',
  task = 'method',
  criterion = 'decorator',
  skill = 'method',
  command = 'function',
}

local modifiers = { unused = 'DiagnosticUnnecessary', done = 'Comment' }

local function link()
  for _, filetype in ipairs({ 'markdown', 'yaml' }) do
    for own, standard in pairs(types) do
      vim.api.nvim_set_hl(0, ('@lsp.type.%s.%s'):format(own, filetype), { link = '@lsp.type.' .. standard, default = true })
    end
    for own, group in pairs(modifiers) do
      vim.api.nvim_set_hl(0, ('@lsp.mod.%s.%s'):format(own, filetype), { link = group, default = true })
    end
  end
end

local started = false

--- Links the groups, now and whenever a colour scheme has cleared them.
function M.start()
  if started then
    return
  end
  started = true
  link()
  vim.api.nvim_create_autocmd('ColorScheme', {
    group = vim.api.nvim_create_augroup('tollgate.colours', {}),
    desc = 'Link the colours of tollgate to those of the scheme',
    callback = link,
  })
end

return M

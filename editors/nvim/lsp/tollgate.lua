-- For `vim.lsp.config` and `vim.lsp.enable` of Neovim 0.11 and newer; older ones come through plugin/tollgate.lua.
local server = require('tollgate.server')

return vim.tbl_extend('error', server.config(), {
  filetypes = server.filetypes(),
  root_dir = function(buffer, on_root)
    local root = server.wanted_root(buffer)
    if root then
      on_root(root)
    end
  end,
})

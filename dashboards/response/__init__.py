"""The office's papers: Word from editable templates, PDF and picture, plain text for chat, the register as a sheet."""

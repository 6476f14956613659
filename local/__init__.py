import shared as shared  # before any client of Google: it says which warnings are kept quiet

"""The SentiBot challenge: a realistic ML project with planted flaws, and a grader.

`clean/` is the project as it should be, `plants/` the flaws and the red herrings, each a small
transformation of it. An edition is a choice of plants; its answers are sealed beside the project.
"""

"""Plain mode: lines in, lines out, for pipes, programs and screen readers. Knows no screen.

What happens in rooms goes to standard output, a line each, at once: messages (`14:05 alice: hello`;
`14:05 [tea] alice: hello` where one is in more than one room, or alone with alice), who comes and
goes (`14:05 -- bob joined tea`), and the answers to what was typed. What is about the client itself
goes to standard error: connected and disconnected, rooms entered and left, messages missed, notices
of the server, lines that were refused. With `--json` every event is a line on standard output, and
standard error has only why it ends.

Each line of standard input is said in the first room. From a terminal, lines that begin with a
slash are commands; from anything else they are lines like any other.
"""

"""A script's tokens → its tree, by the POSIX grammar.

Does: lists, `&&` and `||`, pipelines, groups, subshells, if, while, until, for, case, functions.
Does not: run, expand or judge. `[[ ]]` and `(( ))` are read as the words and groups they look like.
"""

from seatrial.lint.shell.tokens import ScriptError, Token, tokens_of
from seatrial.lint.shell.tree import (
    Choice,
    Command,
    Function,
    Group,
    Item,
    Items,
    Loop,
    Pipeline,
    Simple,
)

DEPTH_MAX = 50  # commands inside commands
LENGTH_MAX = 100_000  # characters: longer ones are programs, not start-up scripts
_END_WORDS = frozenset({"then", "do", "done", "fi", "else", "elif", "esac", "}"})
_REDIRECTS = (">", ">>", "<", "<&", ">&", "<>", ">|")


def parse_script(script: str) -> Items:
    """The tree. Raises ScriptError for what is not understood."""
    if len(script) > LENGTH_MAX:
        raise ScriptError(f"the script is longer than {LENGTH_MAX} characters")
    reader = _Reader(list(tokens_of(script)))
    items = reader.sequence(frozenset())
    if (token := reader.peek()) is not None:
        raise ScriptError(f"unexpected {token.text!r} at character {token.start}")
    return items


class _Reader:
    """Recursive descent: one method a rule of the grammar."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def sequence(self, stops: frozenset[str]) -> Items:
        items: list[Item] = []
        while True:
            self._skip_lines()
            token = self.peek()
            if token is None or self._is_any(stops) or token.text in {")", ";;"}:
                return tuple(items)
            if self._is_any(_END_WORDS):
                raise ScriptError(f"unexpected {token.text!r} at character {token.start}")
            items.append(self._item())

    def _item(self) -> Item:
        pipelines, operators = [self._pipeline()], []
        while self._is_operator("&&", "||"):
            operators.append(self._take().text)
            self._skip_lines()
            pipelines.append(self._pipeline())
        is_background = self._is_operator("&")
        if self._is_operator("&", ";"):
            self._take()
        return Item(tuple(pipelines), tuple(operators), is_background)

    def _pipeline(self) -> Pipeline:
        is_negated = self._is_any(frozenset({"!"}))
        if is_negated:
            self._take()
        commands = [self._command()]
        while self._is_operator("|"):
            self._take()
            self._skip_lines()
            commands.append(self._command())
        return Pipeline(tuple(commands), is_negated)

    def _command(self) -> Command:
        token = self.peek()
        if token is None:
            raise ScriptError("the script ends where a command should be")
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise ScriptError(f"more than {DEPTH_MAX} commands inside each other")
        command = self._compound(token) or self._simple()
        self._depth -= 1
        return command

    def _compound(self, token: Token) -> Command | None:
        command: Command | None = None
        if token.kind == "operator" and token.text not in _REDIRECTS:
            if token.text != "(":
                raise ScriptError(f"unexpected {token.text!r} at character {token.start}")
            command = self._bracketed("(", ")", is_subshell=True)
        elif not token.is_quoted:
            match token.text:
                case "{":
                    command = self._bracketed("{", "}", is_subshell=False)
                case "while" | "until":
                    command = self._loop()
                case "for":
                    command = self._for()
                case "if":
                    command = self._if()
                case "case":
                    command = self._case()
                case "function":
                    self._take()
                    command = self._function()
                case _ if self._next_is_operator("("):
                    command = self._function()
        if command is not None:
            self._redirects()
        return command

    def _bracketed(self, opening: str, closing: str, *, is_subshell: bool) -> Group:
        self._expect(opening)
        body = self.sequence(frozenset({closing}))
        self._expect(closing)
        return Group(body, is_subshell)

    def _loop(self) -> Loop:
        word = self._take().text
        condition = self.sequence(frozenset({"do"}))
        return Loop(word, condition, self._do())

    def _for(self) -> Loop:
        word = self._take().text
        while not self._is_any(frozenset({"do"})):
            self._take()
        return Loop(word, (), self._do())

    def _do(self) -> Items:
        self._expect("do")
        body = self.sequence(frozenset({"done"}))
        self._expect("done")
        return body

    def _if(self) -> Choice:
        tests, branches = [], []
        while self._is_any(frozenset({"if", "elif"})):
            self._take()
            tests.append(self.sequence(frozenset({"then"})))
            self._expect("then")
            branches.append(self.sequence(frozenset({"elif", "else", "fi"})))
        if self._is_any(frozenset({"else"})):
            self._take()
            branches.append(self.sequence(frozenset({"fi"})))
        self._expect("fi")
        return Choice(tuple(tests), tuple(branches))

    def _case(self) -> Choice:
        branches: list[Items] = []
        self._take()
        while not self._is_any(frozenset({"in"})):
            self._take()
        self._take()
        self._skip_lines()
        while not self._is_any(frozenset({"esac"})):
            while not self._is_operator(")"):
                self._take()
            self._take()
            branches.append(self.sequence(frozenset({"esac"})))
            if self._is_operator(";;"):
                self._take()
            self._skip_lines()
        self._take()
        return Choice((), tuple(branches))

    def _function(self) -> Function:
        name = self._take().text
        if self._is_operator("("):
            self._take()
            self._expect(")")
        self._skip_lines()
        return Function(name, self._command())

    def _simple(self) -> Simple:
        words: list[str] = []
        first = last = self._tokens[self._at]
        has_assignments = False
        while (token := self.peek()) is not None:
            if token.kind == "word":
                if self._is_redirected_number():
                    self._redirects()
                    continue
                last = self._take()
                if not words and _is_assignment(token):
                    has_assignments = True
                else:
                    words.append(token.text)
            elif not self._redirects():
                break
        return Simple(tuple(words), first.start, last.end, has_assignments)

    def _redirects(self) -> bool:
        """Passes over redirections; whether there were any."""
        before = self._at
        while True:
            if self._is_redirected_number():
                self._take()
            if not self._is_operator(*_REDIRECTS):
                return self._at > before
            self._take()
            if self._take().kind != "word":
                raise ScriptError("a redirection without a file")

    def _is_redirected_number(self) -> bool:
        """`2` of `2>&1`: a number right before the operator."""
        token = self.peek()
        if token is None or not token.text.isdecimal() or self._at + 1 >= len(self._tokens):
            return False
        follower = self._tokens[self._at + 1]
        return follower.start == token.end and follower.text[0] in "<>"

    def _is_operator(self, *texts: str) -> bool:
        token = self.peek()
        return token is not None and token.kind == "operator" and token.text in texts

    def _next_is_operator(self, text: str) -> bool:
        after = self._tokens[self._at + 1 : self._at + 2]
        return bool(after) and after[0].kind == "operator" and after[0].text == text

    def _is_any(self, words: frozenset[str]) -> bool:
        token = self.peek()
        return token is not None and not token.is_quoted and token.text in words

    def _skip_lines(self) -> None:
        while (token := self.peek()) is not None and token.kind == "end of line":
            self._at += 1

    def _take(self) -> Token:
        token = self.peek()
        if token is None:
            raise ScriptError("the script ends too early")
        self._at += 1
        return token

    def _expect(self, text: str) -> None:
        token = self._take()
        if token.text != text or token.is_quoted:
            raise ScriptError(f"expected {text!r}, not {token.text!r}, at character {token.start}")


def _is_assignment(token: Token) -> bool:
    name, equals, _ = token.text.partition("=")
    return bool(equals) and name.removesuffix("+").isidentifier()

"""`python -m seatrial` is the `seatrial` command."""

from seatrial.cli.main import main

if __name__ == "__main__":
    main()

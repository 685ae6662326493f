namespace Squad.EndToEnd.Browser;

/// <summary>
/// A small repository and a program in it that works as an engine does: it reads, changes files, runs the tests, and asks. It says nothing that it does not do,
/// but it always does the same, so that pictures can be compared.
/// </summary>
public static class Demonstration
{
    public const string Title = "Retry uploads that time out";

    public const string Command = "./engine";

    /// <summary>After these it waits for an answer.</summary>
    public const string LastWords = "Shall I push the branch?";

    private const string Upload =
        """
        # Sends one file to the archive.
        upload() {
          send "$1" || return 1
          echo "$1" >>"$done_list"
        }

        """;

    private const string Better =
        """
        # Sends one file to the archive.
        upload() {
          local try
          for try in 1 2 3; do
            send "$1" && echo "$1" >>"$done_list" && return
            sleep "0.$try"
          done
          echo "$1" >>"$failed_list"
          return 1
        }

        """;

    private const string Tests =
        """
        #!/bin/bash
        # Each check is a function; what it prints when it fails is of no interest here.
        cd "$(dirname "$0")/.." || exit 2
        . src/upload.sh
        done_list=$(mktemp) failed_list=$(mktemp) passed=0 failed=0 calls=0

        send() { calls=$((calls + 1)); [ "$calls" -gt "$failing" ]; }
        begin() { calls=0 failing=$1; : >"$done_list"; : >"$failed_list"; }

        sends_a_file_once_and_lists_it() { begin 0; upload a.tar && [ "$calls" = 1 ] && grep -qx a.tar "$done_list"; }
        tries_again_after_a_timeout() { begin 1; upload a.tar && [ "$calls" = 2 ]; }
        tries_three_times_at_most() { begin 9; ! upload a.tar && [ "$calls" = 3 ]; }
        lists_what_could_not_be_sent() { begin 9; ! upload b.tar && grep -qx b.tar "$failed_list"; }

        for check in sends_a_file_once_and_lists_it tries_again_after_a_timeout tries_three_times_at_most lists_what_could_not_be_sent; do
          if $check; then passed=$((passed + 1)); mark='\e[32m✓'; else failed=$((failed + 1)); mark='\e[31m✗'; fi
          printf "    $mark\e[0m %s\n" "${check//_/ }"
        done
        if [ "$failed" = 0 ]; then bad='\e[2m0 failed'; else bad="\e[1;31m$failed failed"; fi
        printf "  \e[1;32m$passed passed\e[0m  $bad\e[0m\n"
        exit "$failed"

        """;

    private const string Engine =
        """
        #!/bin/bash
        say() { printf '\e[1;36m●\e[0m \e[1m%s\e[0m\n' "$1"; }
        note() { printf '  \e[2m%s\e[0m\n' "$1"; }

        say 'Reading src/upload.sh and the tests that cover it'
        note "$(cat src/*.sh | wc -l) lines of shell, $(grep -c '^[a-z_]*() { begin' test/run) checks"
        say 'Running test/run'
        test/run
        say 'upload() gives up at the first timeout. It should try again, and say what it could not send.'
        cp better/upload.sh src/upload.sh
        git diff --unified=0 -- src | sed '1,5d' | while IFS= read -r line; do
          case $line in
            +*) printf '  \e[32m%s\e[0m\n' "$line" ;;
            -*) printf '  \e[31m%s\e[0m\n' "$line" ;;
            *) printf '  \e[2m%s\e[0m\n' "$line" ;;
          esac
        done
        say 'Running test/run again'
        test/run
        printf '\e[1;33m?\e[0m %s \e[2m[y/n]\e[0m\n' 'Everything passes. Shall I push the branch?'
        read -r answer
        note "You said $answer."

        """;

    public static (string Path, string Text)[] Files { get; } =
    [
        ("README.md", "# uploader\n\nSends files to the archive.\n"),
        ("src/upload.sh", Upload),
        ("better/upload.sh", Better),
        ("test/run", Tests),
        ("engine", Engine),
    ];
}

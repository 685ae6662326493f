using System.Text.RegularExpressions;

namespace Squad.Repo.Tests;

/// <summary>House rules that a reviewer would otherwise repeat. Each failure says what to use instead.</summary>
public sealed partial class TidyTests
{
    private static readonly string[] Product = ["Grains.Abstractions", "Platform", "Grains", "Api", "Client", "Cli", "Silo", "Keeper", "Orleans.Embedded"];

    [Fact]
    public void Time_comes_from_TimeProvider() =>
        None(Product, @"\bDateTime(Offset)?\.(UtcNow|Now)\b", "take a TimeProvider and ask GetUtcNow(), so that a test can set the clock",
            except: path => path.StartsWith("Keeper/", StringComparison.Ordinal)); // the sandbox's program has no clock to fake: its times are facts of the machine

    [Fact]
    public void Nothing_sleeps() => None([.. Product, "tests"], @"\bThread\.Sleep\(", "wait for the event, or for TimeProvider's timer",
        except: path => path.StartsWith("tests/bench", StringComparison.Ordinal)); // what is measured may leave no thread for a timer

    [Fact]
    public void Tests_wait_for_events_and_not_for_time() =>
        None(["tests"], @"\bTask\.Delay\((?!Timeout)", "wait for the event itself; poll with Eventually where the other side has no event to give",
            except: path => path.EndsWith("Eventually.cs", StringComparison.Ordinal) || path.StartsWith("tests/bench", StringComparison.Ordinal)
                || path.Contains("/Simulation/", StringComparison.Ordinal)); // where time is virtual, and waiting is an event like any other

    [Fact]
    public void Grain_code_keeps_to_its_turn() =>
        None(["Grains"], @"\bTask\.Run\(|\.Result\b(?!\s*<)|\.Wait\(\)|ConfigureAwait\(false\)", "await in the grain's turn; slow work belongs to the platform or to the node's runtime");

    [Fact]
    public void Nothing_is_caught_to_be_silent() =>
        None(Product, @"catch\s*(\([^)]*\))?\s*\{\s*\}", "say in the block why nothing is to be done, or let it go");

    [Fact]
    public void Nothing_is_left_for_later_in_the_code() =>
        None([.. Product, "tests"], @"//\s*(TODO|FIXME|HACK|XXX)\b|NotImplementedException", "do it, or open an issue", except: path => path.EndsWith("TidyTests.cs", StringComparison.Ordinal));

    [Fact]
    public void Log_messages_are_generated() =>
        None(["Grains", "Platform", "Api", "Silo"], @"\blog(ger)?\.Log(Trace|Debug|Information|Warning|Error|Critical)\(", "declare a [LoggerMessage] method");

    [Fact]
    public void Namespaces_are_file_scoped() => None([.. Product, "tests"], @"^namespace [\w.]+\s*\{?\s*$(?<!;)", "end the namespace line with a semicolon",
        except: path => path.StartsWith("Orleans.Embedded/", StringComparison.Ordinal)); // whose namespaces are those of the real packages, several to a subject

    [Fact]
    public void No_file_is_longer_than_500_lines()
    {
        var long_ = Repository.Files(".cs", [.. Product, "tests"]).Where(path => File.ReadLines(Path.Combine(Repository.Root, path)).Count() > 500);
        Assert.True(!long_.Any(), $"Split by responsibility: {string.Join(", ", long_)}");
    }

    [Fact]
    public void Documents_have_no_dead_links()
    {
        var dead = new List<string>();
        foreach (var path in Repository.Files(".md").Where(p => !p.StartsWith("ClientApp/", StringComparison.Ordinal)))
        {
            foreach (Match link in MarkdownLink().Matches(Repository.Read(path)))
            {
                var target = link.Groups[1].Value.Split('#')[0];
                if (target.Length == 0 || target.Contains("://", StringComparison.Ordinal) || target.StartsWith("mailto:", StringComparison.Ordinal))
                    continue;
                var file = Path.Combine(Repository.Root, Path.GetDirectoryName(path)!, target);
                if (!File.Exists(file) && !Directory.Exists(file))
                    dead.Add($"{path}: {target}");
            }
        }

        Assert.True(dead.Count == 0, $"These links lead nowhere: {string.Join("; ", dead)}");
    }

    private static void None(string[] folders, string pattern, string instead, Func<string, bool>? except = null)
    {
        var regex = new Regex(pattern, RegexOptions.CultureInvariant);
        var found =
            from path in Repository.Files(".cs", folders)
            where except is null || !except(path)
            from line in Repository.Read(path).Split('\n').Select((text, index) => (Text: text.TrimEnd('\r'), Number: index + 1))
            where regex.IsMatch(line.Text) && !path.EndsWith("TidyTests.cs", StringComparison.Ordinal)
            select $"{path}:{line.Number}: {line.Text.Trim()}";
        var places = found.ToList();
        Assert.True(places.Count == 0, $"Instead, {instead}:\n{string.Join('\n', places)}");
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)", RegexOptions.CultureInvariant)]
    private static partial Regex MarkdownLink();
}

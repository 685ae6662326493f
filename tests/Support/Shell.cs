using System.Diagnostics;

namespace Squad.Tests.Support;

/// <summary>Runs a program to its end.</summary>
public static class Shell
{
    public static Task<(int Code, string Output)> RunAsync(string program, params string[] arguments) => RunInAsync("/", program, arguments);

    public static async Task<(int Code, string Output)> RunInAsync(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, await output + await errors);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (127, e.Message);
        }
    }

    public static async Task<string> MustAsync(string folder, string program, params string[] arguments)
    {
        var (code, output) = await RunInAsync(folder, program, arguments);
        return code == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {code}:\n{output}");
    }
}

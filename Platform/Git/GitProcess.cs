using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Squad.Platform.Git;

/// <summary>
/// One running git. Started without a shell, with <see cref="GitEnvironment"/> as its whole environment. Its three streams are asynchronous pipes.
/// Disposing ends it: standard input is closed, it is asked to terminate (so that it removes its lock files), and what is left of its tree
/// after a short time is killed. One owner; <see cref="Error"/> may be read after <see cref="WaitAsync"/>.
/// </summary>
public sealed partial class GitProcess : IAsyncDisposable
{
    private const int ErrorBytesMax = 16 * 1024;
    private const int Sigterm = 15;
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(3);

    private readonly Process _process;
    private readonly Task _errorReader;
    private readonly StringBuilder _error = new();
    private readonly Action<string>? _onErrorText;
    private bool _disposed;

    private GitProcess(Process process, Action<string>? onErrorText)
    {
        _process = process;
        _onErrorText = onErrorText;
        _errorReader = ReadErrorAsync();
    }

    public Stream Input => _process.StandardInput.BaseStream;

    public Stream Output => _process.StandardOutput.BaseStream;

    public int Id => _process.Id;

    /// <summary>The last of what git printed on standard error, uncleaned.</summary>
    public string Error
    {
        get
        {
            lock (_error)
                return _error.ToString();
        }
    }

    /// <exception cref="System.ComponentModel.Win32Exception">git cannot be started.</exception>
    public static GitProcess Start(GitEnvironment environment, IEnumerable<string> arguments, GitStart? how = null)
    {
        var start = new ProcessStartInfo(environment.Executable)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = how?.Directory ?? environment.Home,
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment.Clear();
        foreach (var (name, value) in environment.Variables)
            start.Environment[name] = value;
        foreach (var (name, value) in how?.Variables ?? [])
            start.Environment[name] = value;
        return new GitProcess(Process.Start(start)!, how?.OnErrorText);
    }

    /// <summary>Waits until git has ended and its standard error is read. Cancelling stops the waiting, not git.</summary>
    public async Task<int> WaitAsync(CancellationToken cancellation = default)
    {
        await _process.WaitForExitAsync(cancellation);
        // A grandchild that outlives git may hold the pipe open; what git itself said is there by now.
        await Task.WhenAny(_errorReader, Task.Delay(s_grace, cancellation));
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        if (!_process.HasExited)
            await EndAsync();
        _process.Dispose();
    }

    private async Task EndAsync()
    {
        try
        {
            await Input.DisposeAsync();
        }
        catch (IOException)
        {
            // git closed its end first; that is what ending it is about.
        }
        if (!OperatingSystem.IsWindows())
            _ = SendSignal(_process.Id, Sigterm);
        using var grace = new CancellationTokenSource(s_grace);
        try
        {
            await _process.WaitForExitAsync(grace.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private async Task ReadErrorAsync()
    {
        var buffer = new char[2048];
        try
        {
            int count;
            while ((count = await _process.StandardError.ReadAsync(buffer)) > 0)
            {
                lock (_error)
                {
                    _error.Append(buffer, 0, count);
                    if (_error.Length > ErrorBytesMax)
                        _error.Remove(0, _error.Length - ErrorBytesMax);
                }
                _onErrorText?.Invoke(new string(buffer, 0, count));
            }
        }
        catch (Exception problem) when (problem is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The process was disposed of under the reader; nobody is left to hear the rest.
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);
}

/// <summary>What differs from one start of git to the next.</summary>
public sealed record GitStart
{
    public string? Directory { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Variables { get; init; } = [];

    /// <summary>Told standard error as it comes, in arbitrary pieces, on any thread, one call at a time.</summary>
    public Action<string>? OnErrorText { get; init; }
}

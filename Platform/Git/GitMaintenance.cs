using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Squad.Platform.Git;

/// <summary>
/// Keeps repositories quick to clone: packs are brought together geometrically (each pack at least twice the next, so that the work is proportional to
/// what was pushed) and share one reachability bitmap. It never drops an object, so it is safe beside pushes. One repository at a time.
/// </summary>
public sealed class GitMaintenance(GitRepositories repositories, GitCommand git, IOptions<GitOptions> options, ILogger<GitMaintenance> log) : BackgroundService
{
    private readonly Channel<RepositoryName> _asked = Channel.CreateUnbounded<RepositoryName>(new() { SingleReader = true });
    private readonly ConcurrentDictionary<RepositoryName, bool> _waiting = new();
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Asks for maintenance soon, if it is needed. Returns at once; asking again before it ran is the same as asking once.</summary>
    public void Request(RepositoryName name)
    {
        if (_waiting.TryAdd(name, true))
            _asked.Writer.TryWrite(name);
    }

    /// <summary>Does it now if it is needed, or with <paramref name="always"/> regardless. A repository that does not exist is left alone.</summary>
    public async Task<Result> RunAsync(RepositoryName name, bool always = false, CancellationToken cancellation = default)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            if (!repositories.Exists(name) || (!always && !IsNeeded(repositories.PathOf(name))))
                return Result.Ok;
            var packed = await git.RunAsync(
                [repositories.At(name), "-c", "pack.threads=1", "repack", "--quiet", "--geometric=2", "-d", "--write-midx", "--write-bitmap-index"],
                timeout: options.Value.TransferTimeout,
                cancellation: cancellation);
            if (!packed.IsOk)
                return GitErrors.Failed("pack the repository", GitText.Failure(packed.Error, repositories.PathOf(name)));
            log.Maintained(name);
            return Result.Ok;
        }
        finally
        {
            _one.Release();
        }
    }

    public override void Dispose()
    {
        _one.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var name in _asked.Reader.ReadAllAsync(stoppingToken))
        {
            _waiting.TryRemove(name, out _);
            try
            {
                var done = await RunAsync(name, cancellation: stoppingToken);
                if (!done.IsOk)
                    log.MaintenanceFailed(name, done.Error.Message);
            }
            catch (Exception problem) when (problem is TimeoutException or IOException)
            {
                log.MaintenanceFailed(name, problem.Message);
            }
        }
    }

    private bool IsNeeded(string path)
    {
        var packDirectory = new DirectoryInfo(Path.Combine(path, "objects", "pack"));
        if (!packDirectory.Exists)
            return false;
        var files = packDirectory.GetFiles();
        var packs = files.Where(f => f.Extension == ".pack").ToList();
        if (packs.Count >= options.Value.MaintenancePacks || LooseObjects(path) >= 4000)
            return true;
        var mapped = files.Where(f => f.Extension == ".bitmap").Select(f => f.LastWriteTimeUtc).DefaultIfEmpty().Max();
        return packs.Any(pack => pack.Length >= options.Value.MaintenanceBytes && pack.LastWriteTimeUtc > mapped);
    }

    /// <summary>Estimated as git does it: ids are evenly spread, so one of the 256 directories tells.</summary>
    private static int LooseObjects(string path)
    {
        var sample = new DirectoryInfo(Path.Combine(path, "objects", "17"));
        return sample.Exists ? sample.GetFiles().Length * 256 : 0;
    }
}

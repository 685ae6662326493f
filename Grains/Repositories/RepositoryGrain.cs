using System.Collections.Immutable;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;
using Squad.Grains.State;
using Squad.Platform.Git;
using Squad.Repositories;

namespace Squad.Grains.Repositories;

/// <summary>
/// One repository: metadata in the row, content on disk through git. Invariant: a row in state Ready has its bare repository on disk;
/// an import leaves either a whole repository or none.
/// </summary>
[GrainType("repository")]
public sealed partial class RepositoryGrain(
    [PersistentState("repository")] IPersistentState<RepositoryRecord> record,
    GitRepositories git,
    GitImport importer,
    GitMaintenance maintenance,
    IOptions<GitOptions> options,
    IDataProtectionProvider protection,
    TimeProvider time,
    ILogger<RepositoryGrain> logger) : Grain, IRepositoryGrain
{
    private readonly IDataProtector protector = protection.CreateProtector("squad.import-url");
    private readonly CancellationTokenSource deleted = new();
    private Task importing = Task.CompletedTask;
    private ImmutableArray<BranchInfo>? branches;

    private RepositoryRecord Repository => record.State;

    private RepositoryName Name => RepositoryName.Parse(Repository.Owner, Repository.Name).Value!;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // An import that a restart cut short begins again: half an import is none.
        if (Repository is { Exists: true, State: RepositoryPhase.Importing, ProtectedImportUrl: { } url })
            importing = ImportAsync(protector.Unprotect(url));
        return Task.CompletedTask;
    }

    public async Task<Result<RepositoryInfo>> Create(CreateRepository command)
    {
        if (RepositoryName.Parse(command.Owner, command.Name) is { IsOk: false } wrong)
            return wrong.Error;
        if (Repository.Exists)
            return SquadError.Conflict("repo.exists", $"A repository '{Repository.Owner}/{Repository.Name}' exists already.");
        record.State = new RepositoryRecord
        {
            Id = this.GetPrimaryKeyString(),
            OwnerId = command.OwnerId,
            Owner = command.Owner,
            Name = command.Name,
            Description = command.Description,
            Private = command.Private,
            State = command.ImportUrl is null ? RepositoryPhase.Ready : RepositoryPhase.Importing,
            ProtectedImportUrl = command.ImportUrl is null ? null : protector.Protect(command.ImportUrl),
            CreatedAt = time.GetUtcNow(),
        };
        if (command.ImportUrl is null)
        {
            var created = await git.CreateAsync(Name);
            if (!created.IsOk)
            {
                record.State = new RepositoryRecord();
                return created.Error;
            }
        }

        try
        {
            await record.SaveAsync(this);
        }
        catch
        {
            if (command.ImportUrl is null && RepositoryName.TryParse(command.Owner, command.Name, out var made))
                await git.DeleteAsync(made);
            throw;
        }

        if (command.ImportUrl is { } url)
            importing = ImportAsync(url);
        return Repository.ToInfo();
    }

    public Task<RepositoryInfo?> Get() => Task.FromResult(Repository.Exists ? Repository.ToInfo() : null);

    public async Task<RepositoryInfo?> Ready(TimeSpan patience)
    {
        await importing.WaitAsync(patience, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return await Get();
    }

    public async Task<Result<RepositoryInfo>> Update(UpdateRepository command)
    {
        if (!Repository.Exists)
            return NotFound();
        if (command.DefaultBranch is { } branch && branch != Repository.DefaultBranch)
        {
            var set = await git.SetDefaultBranchAsync(Name, branch);
            if (!set.IsOk)
                return set.Error;
            Repository.DefaultBranch = branch;
            branches = null;
        }

        Repository.Description = command.Description ?? Repository.Description;
        Repository.Private = command.Private ?? Repository.Private;
        await record.SaveAsync(this);
        return Repository.ToInfo();
    }

    public async Task<Result<ImmutableArray<BranchInfo>>> Branches()
    {
        if (!Repository.Exists)
            return NotFound();
        if (Repository.State != RepositoryPhase.Ready)
            return ImmutableArray<BranchInfo>.Empty;
        if (branches is { } known)
            return known;
        var read = await git.BranchesAsync(Name);
        if (!read.IsOk)
            return read.Error;
        var list = read.Value.Select(b => new BranchInfo(b.Name, b.Commit, b.Default)).ToImmutableArray();
        branches = list;
        return list;
    }

    public async Task RefsChanged()
    {
        branches = null;
        if (!Repository.Exists)
            return;
        await ReadRefsAsync();
        await record.SaveAsync(this);
        maintenance.Request(Name);
    }

    public async Task<Result> Delete()
    {
        if (!Repository.Exists)
            return Result.Ok;
        var name = Name;
        await deleted.CancelAsync();
        await importing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await record.ClearStateAsync();
        record.State = new RepositoryRecord();
        await git.DeleteAsync(name);
        LogDeleted(name);
        DeactivateOnIdle();
        return Result.Ok;
    }

    /// <summary>Runs beside other turns: a long clone must not make its repository deaf.</summary>
    private async Task ImportAsync(string url)
    {
        DelayDeactivation(options.Value.ImportTimeout);
        // The address was judged when the user gave it; that he was an administrator then is enough now.
        var source = ImportSource.Parse(url, admin: true, options.Value);
        var imported = source.IsOk ? await importer.RunAsync(Name, source.Value, cancellation: deleted.Token) : source.Error;
        if (deleted.IsCancellationRequested)
            return;
        Repository.State = imported.IsOk ? RepositoryPhase.Ready : RepositoryPhase.Failed;
        Repository.Error = imported.Error;
        Repository.ProtectedImportUrl = null;
        if (imported.IsOk)
        {
            await ReadRefsAsync();
            maintenance.Request(Name);
        }
        else
        {
            LogImportFailed(Name, imported.Error.Message);
        }

        await record.SaveAsync(this);
        DelayDeactivation(TimeSpan.Zero);
    }

    private async Task ReadRefsAsync()
    {
        await git.AdoptDefaultBranchAsync(Name);
        if (await git.InfoAsync(Name) is not { IsOk: true, Value: var info })
            return;
        Repository.DefaultBranch = info.DefaultBranch;
        Repository.Empty = info.Empty;
    }

    private SquadError NotFound() => SquadError.NotFound("repo.notFound", $"There is no repository '{this.GetPrimaryKeyString()}'.");

    [LoggerMessage(Level = LogLevel.Warning, Message = "The import of {Repository} failed: {Error}")]
    private partial void LogImportFailed(RepositoryName repository, string error);

    [LoggerMessage(Level = LogLevel.Information, Message = "Repository {Repository} deleted")]
    private partial void LogDeleted(RepositoryName repository);
}

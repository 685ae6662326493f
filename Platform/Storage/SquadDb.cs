using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Squad.Platform.Storage.Rows;

namespace Squad.Platform.Storage;

/// <summary>
/// The tables for LINQ: lists and filters over the rows that grains own (read only here: a grain is the only writer of its row), and the
/// plain tables of services. Made by <c>IDbContextFactory&lt;SquadDb&gt;</c>. The schema itself is the SQL under <c>Migrations/</c>.
/// </summary>
public sealed class SquadDb(DbContextOptions<SquadDb> options) : DbContext(options)
{
    public DbSet<UserRow> Users => Set<UserRow>();

    public DbSet<RepositoryRow> Repositories => Set<RepositoryRow>();

    public DbSet<SessionRow> Sessions => Set<SessionRow>();

    public DbSet<GrainStateRow> GrainStates => Set<GrainStateRow>();

    public DbSet<RefreshTokenRow> RefreshTokens => Set<RefreshTokenRow>();

    public DbSet<CredentialRow> Credentials => Set<CredentialRow>();

    public DbSet<SigningKeyRow> SigningKeys => Set<SigningKeyRow>();

    public DbSet<SettingRow> Settings => Set<SettingRow>();

    internal WriteGate? Gate => this.GetService<SquadDatabase>().Gate;

    // Inside an explicit transaction the gate is taken already (SquadDbExtensions.WriteAsync), and to wait for it would be to wait for ourselves.
    private WriteGate? FreeGate => Database.CurrentTransaction is null ? Gate : null;

    public override int SaveChanges(bool acceptAllChangesOnSuccess)
    {
        using var pass = FreeGate?.Enter() ?? default;
        return base.SaveChanges(acceptAllChangesOnSuccess);
    }

    public override async Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        using var pass = FreeGate is { } gate ? await gate.EnterAsync(cancellationToken) : default;
        return await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UnixMilliseconds>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<UserRow>().ToTable("users");
        modelBuilder.Entity<RepositoryRow>().ToTable("repositories");
        modelBuilder.Entity<SessionRow>().ToTable("sessions");
        modelBuilder.Entity<GrainStateRow>().ToTable("grain_states").HasKey(row => new { row.Type, row.Id });
        modelBuilder.Entity<RefreshTokenRow>().ToTable("refresh_tokens");
        modelBuilder.Entity<CredentialRow>().ToTable("credentials").HasKey(row => row.UserId);
        modelBuilder.Entity<SigningKeyRow>().ToTable("signing_keys");
        modelBuilder.Entity<SettingRow>().ToTable("settings").HasKey(row => row.Key);
        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        {
            foreach (var property in entity.GetProperties())
            {
                property.SetColumnName(SnakeCase.Of(property.Name));
                property.ValueGenerated = Microsoft.EntityFrameworkCore.Metadata.ValueGenerated.Never;
            }
        }
        if (Database.IsNpgsql())
        {
            foreach (var entity in modelBuilder.Model.GetEntityTypes())
                entity.FindProperty("Data")?.SetColumnType("json");
        }
    }

    /// <summary>Times are whole milliseconds since 1970, which sort and compare the same on every database.</summary>
    private sealed class UnixMilliseconds() : ValueConverter<DateTimeOffset, long>(
        time => time.ToUnixTimeMilliseconds(),
        milliseconds => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));
}

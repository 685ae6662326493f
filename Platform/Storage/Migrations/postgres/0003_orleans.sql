-- What a cluster on Microsoft Orleans keeps: its members, and the state of its own grains (who subscribes to which stream). Only the build with
-- OrleansRuntime=Packages reads and writes these tables. Orleans' ADO.NET providers take their statements from the table OrleansQuery, by keys, parameters
-- and result columns that the providers of version 10.4 give; the tables behind the statements are ours.

CREATE TABLE OrleansQuery (
    QueryKey TEXT NOT NULL PRIMARY KEY,
    QueryText TEXT NOT NULL
);

-- One row a cluster: each change of its members counts the version up, and is refused when another one came first.
CREATE TABLE orleans_clusters (
    cluster TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL
);

-- One row a life of a silo; a silo that starts again is a new one, by its generation. Times are Orleans' own.
CREATE TABLE orleans_silos (
    cluster TEXT COLLATE "C" NOT NULL REFERENCES orleans_clusters,
    address TEXT COLLATE "C" NOT NULL,
    port INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    name TEXT NOT NULL,
    host TEXT NOT NULL,
    status INTEGER NOT NULL,
    gateway_port INTEGER NOT NULL,
    suspicions TEXT,
    started_at TIMESTAMPTZ NOT NULL,
    alive_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (cluster, address, port, generation)
);

CREATE TABLE orleans_states (
    service TEXT COLLATE "C" NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    n0 BIGINT NOT NULL,
    n1 BIGINT NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    body BYTEA,
    version INTEGER NOT NULL,
    PRIMARY KEY (service, type, n0, n1, key)
);

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
('InsertMembershipVersionKey', '
    WITH made AS (INSERT INTO orleans_clusters (cluster, version) VALUES (@DeploymentId, 0) ON CONFLICT DO NOTHING RETURNING 1)
    SELECT count(*)::integer FROM made'),
('MembershipReadAllKey', '
    SELECT c.cluster AS DeploymentId, s.address AS Address, s.port AS Port, s.generation AS Generation, s.name AS SiloName, s.host AS HostName, s.status AS Status,
        s.gateway_port AS ProxyPort, s.suspicions AS SuspectTimes, s.started_at AS StartTime, s.alive_at AS IAmAliveTime, c.version AS Version
    FROM orleans_clusters c LEFT JOIN orleans_silos s ON s.cluster = c.cluster
    WHERE c.cluster = @DeploymentId'),
-- The cluster's version is wanted also where there is no such silo.
('MembershipReadRowKey', '
    SELECT c.cluster AS DeploymentId, s.address AS Address, s.port AS Port, s.generation AS Generation, s.name AS SiloName, s.host AS HostName, s.status AS Status,
        s.gateway_port AS ProxyPort, s.suspicions AS SuspectTimes, s.started_at AS StartTime, s.alive_at AS IAmAliveTime, c.version AS Version
    FROM orleans_clusters c LEFT JOIN orleans_silos s ON s.cluster = c.cluster AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
    WHERE c.cluster = @DeploymentId'),
('InsertMembershipKey', '
    WITH counted AS (
        UPDATE orleans_clusters SET version = version + 1 WHERE cluster = @DeploymentId AND version = @Version RETURNING cluster
    ), made AS (
        INSERT INTO orleans_silos (cluster, address, port, generation, name, host, status, gateway_port, started_at, alive_at)
        SELECT cluster, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime FROM counted
        RETURNING 1
    )
    SELECT count(*)::integer FROM made'),
('UpdateMembershipKey', '
    WITH counted AS (
        UPDATE orleans_clusters SET version = version + 1 WHERE cluster = @DeploymentId AND version = @Version RETURNING cluster
    ), changed AS (
        UPDATE orleans_silos s SET status = @Status, suspicions = CAST(@SuspectTimes AS TEXT), alive_at = GREATEST(s.alive_at, @IAmAliveTime)
        FROM counted
        WHERE s.cluster = counted.cluster AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
        RETURNING 1
    )
    SELECT count(*)::integer FROM changed'),
('UpdateIAmAlivetimeKey', '
    UPDATE orleans_silos SET alive_at = GREATEST(alive_at, @IAmAliveTime)
    WHERE cluster = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation'),
('GatewaysQueryKey', '
    SELECT address AS Address, gateway_port AS ProxyPort, generation AS Generation
    FROM orleans_silos WHERE cluster = @DeploymentId AND status = @Status AND gateway_port > 0'),
('DeleteMembershipTableEntriesKey', '
    DELETE FROM orleans_silos WHERE cluster = @DeploymentId;
    DELETE FROM orleans_clusters WHERE cluster = @DeploymentId'),
-- 6 is dead. The first is what older providers ask for, the second names one life by what was read of it.
('CleanupDefunctSiloEntriesKey', '
    DELETE FROM orleans_silos WHERE cluster = @DeploymentId AND status = 6 AND alive_at < @IAmAliveTime AND started_at < @IAmAliveTime'),
('CleanupDefunctSiloEntryKey', '
    DELETE FROM orleans_silos
    WHERE cluster = @DeploymentId AND status = 6 AND address = @Address AND port = @Port AND generation = @Generation
        AND alive_at = @IAmAliveTime AND started_at = @StartTime AND COALESCE(suspicions, '''') = COALESCE(CAST(@SuspectTimes AS TEXT), '''')');

-- A write answers with the new version, or with the one it was given when that is not the stored one any more; a first write is given none.
INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
('ReadFromStorageKey', '
    SELECT body AS PayloadBinary, version AS Version FROM orleans_states
    WHERE service = @ServiceId AND type = @GrainTypeString AND n0 = @GrainIdN0 AND n1 = @GrainIdN1 AND key = COALESCE(CAST(@GrainIdExtensionString AS TEXT), '''')'),
('WriteToStorageKey', '
    WITH made AS (
        INSERT INTO orleans_states (service, type, n0, n1, key, body, version)
        SELECT @ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, COALESCE(CAST(@GrainIdExtensionString AS TEXT), ''''), CAST(@PayloadBinary AS BYTEA), 1
        WHERE CAST(@GrainStateVersion AS INTEGER) IS NULL
        ON CONFLICT DO NOTHING
        RETURNING version
    ), changed AS (
        UPDATE orleans_states SET body = CAST(@PayloadBinary AS BYTEA), version = version + 1
        WHERE service = @ServiceId AND type = @GrainTypeString AND n0 = @GrainIdN0 AND n1 = @GrainIdN1 AND key = COALESCE(CAST(@GrainIdExtensionString AS TEXT), '''')
            AND version = CAST(@GrainStateVersion AS INTEGER)
        RETURNING version
    )
    SELECT COALESCE((SELECT version FROM made), (SELECT version FROM changed), CAST(@GrainStateVersion AS INTEGER)) AS NewGrainStateVersion'),
('ClearStorageKey', '
    WITH changed AS (
        UPDATE orleans_states SET body = NULL, version = version + 1
        WHERE service = @ServiceId AND type = @GrainTypeString AND n0 = @GrainIdN0 AND n1 = @GrainIdN1 AND key = COALESCE(CAST(@GrainIdExtensionString AS TEXT), '''')
            AND version = CAST(@GrainStateVersion AS INTEGER)
        RETURNING version
    )
    SELECT COALESCE((SELECT version FROM changed), CAST(@GrainStateVersion AS INTEGER)) AS NewGrainStateVersion'),
('DeleteStorageKey', '
    WITH gone AS (
        DELETE FROM orleans_states
        WHERE service = @ServiceId AND type = @GrainTypeString AND n0 = @GrainIdN0 AND n1 = @GrainIdN1 AND key = COALESCE(CAST(@GrainIdExtensionString AS TEXT), '''')
            AND version = CAST(@GrainStateVersion AS INTEGER)
        RETURNING version + 1 AS version
    )
    SELECT COALESCE((SELECT version FROM gone), CAST(@GrainStateVersion AS INTEGER)) AS NewGrainStateVersion');
